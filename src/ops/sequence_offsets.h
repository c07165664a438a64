// The check of packed sequences' offsets, which every backend makes first.
#pragma once

#include <cstdint>

#include "ops/ops.h"

namespace sightline {

// Returns the greatest length of the sequences. Throws invalid_argument, with the operation's name,
// unless `offsets` divide `rows` rows into sequences of 1 to `longest` rows.
int64_t require_offsets(SequenceOffsets offsets, int64_t rows, int64_t longest, const char* op);

}  // namespace sightline
