// The peak of the process's resident memory.
#pragma once

#include <cstdint>

namespace sightline {

// Restarts the peak, on Linux; elsewhere peak_memory_bytes() covers the whole life of the process.
void reset_peak_memory();
int64_t peak_memory_bytes();

}  // namespace sightline
