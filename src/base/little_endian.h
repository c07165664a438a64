// Reads little-endian integers at any alignment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sightline {

// Reads sizeof(T) bytes at offset `at`. The caller must check that they are inside `bytes`.
template <typename T>
T read_little(std::span<const uint8_t> bytes, size_t at) {
  uint64_t value = 0;
  for (size_t i = sizeof(T); i-- > 0;) value = value << 8 | bytes[at + i];
  return static_cast<T>(value);
}

}  // namespace sightline
