// The peak of the process's resident memory.
#pragma once

#include <cstdint>

namespace sightline {

// Restarts the peak, on Linux; elsewhere peak_memory_bytes() covers the whole life of the process.
void reset_peak_memory();
int64_t peak_memory_bytes();
// The resident memory now; 0 where it is unknown.
int64_t resident_memory_bytes();
// Returns freed memory to the system where that is possible, so that it does not hide what is
// allocated next.
void release_free_memory();

}  // namespace sightline
