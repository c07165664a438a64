// Memory for tensors, kept for reuse: the same batch shapes come again and again, and asking the
// system for large blocks each time costs a page fault for every 4 KiB.
#pragma once

#include <cstddef>

namespace sightline {

// 64-byte aligned, uninitialised, at least one byte. The block may be up to twice as large
// as was asked for. Throws std::bad_alloc.
void* pool_allocate(size_t bytes);
// Gives a block of pool_allocate back.
void pool_release(void* block) noexcept;
// Returns all unused blocks to the system.
void pool_trim() noexcept;

}  // namespace sightline
