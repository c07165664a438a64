// The rate at which memory is read.
#pragma once

#include <cstdint>

namespace sightline {

// Bytes a second that all threads together read from `bytes` of memory; the median of the rounds.
double read_bandwidth(int64_t bytes, int rounds);

}  // namespace sightline
