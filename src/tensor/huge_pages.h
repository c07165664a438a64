// Memory straight from the system, on huge pages where it gives them.
#pragma once

#include <cstddef>

namespace sightline {

inline constexpr size_t kHugePage = 2u << 20;

// Zeros, beginning on a huge page: fewer faults when they are first written, fewer misses when a
// matrix product strides through them. What is never touched takes no memory. Throws
// std::bad_alloc.
void* map_huge(size_t size);
// Gives a block of map_huge back, with the size that was asked for.
void unmap_huge(void* block, size_t size) noexcept;

}  // namespace sightline
