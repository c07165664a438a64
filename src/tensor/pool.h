// A process-wide memory pool for tensors. Batches have recurring shapes, and new memory from the
// system costs a page fault per 4 KiB. All functions are thread-safe.
#pragma once

#include <cstddef>

namespace sightline {

// Returns an uninitialised, 64-byte aligned block of at least max(bytes, 1) bytes, at most about
// twice that. Release it with pool_release. Throws std::bad_alloc.
void* pool_allocate(size_t bytes);
// Returns a block of pool_allocate to the pool.
void pool_release(void* block) noexcept;
// Returns all idle blocks to the system.
void pool_trim() noexcept;

}  // namespace sightline
