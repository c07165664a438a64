// The hash of a cached primitive's key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace sightline {

inline size_t hash_values(std::initializer_list<int64_t> numbers) {
  size_t hash = 0;
  for (const int64_t number : numbers) {
    hash = (hash ^ static_cast<size_t>(number)) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 29;
  }
  return hash;
}

}  // namespace sightline
