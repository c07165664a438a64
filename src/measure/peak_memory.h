// The process's largest resident memory.
#pragma once

#include <cstdint>

namespace sightline {

// Forgets the peak so far, where the system can (Linux); elsewhere the peak is the process's.
void reset_peak_memory();
int64_t peak_memory_bytes();

}  // namespace sightline
