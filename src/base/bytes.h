// Views of objects as bytes, for checksums and files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sightline {

// Returns the bytes of `count` objects; the span does not own them.
template <typename T>
std::span<const uint8_t> bytes_of(const T* data, size_t count) {
  static_assert(std::is_trivially_copyable_v<T>);
  return {reinterpret_cast<const uint8_t*>(data), count * sizeof(T)};
}

template <typename T>
std::span<const uint8_t> bytes_of(std::span<const T> values) {
  return bytes_of(values.data(), values.size());
}

inline std::span<const uint8_t> bytes_of(std::string_view text) {
  return bytes_of(text.data(), text.size());
}

}  // namespace sightline
