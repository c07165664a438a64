// Numbers in little-endian order at any address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sightline {

// sizeof(T) bytes at `at`, which the caller has checked to be inside.
template <typename T>
T read_little(std::span<const uint8_t> bytes, size_t at) {
  uint64_t value = 0;
  for (size_t i = sizeof(T); i-- > 0;) value = value << 8 | bytes[at + i];
  return static_cast<T>(value);
}

}  // namespace sightline
