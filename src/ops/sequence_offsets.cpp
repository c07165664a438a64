#include "ops/sequence_offsets.h"

#include <sightline/error.h>

#include <algorithm>
#include <string>

namespace sightline {

int64_t require_offsets(SequenceOffsets offsets, int64_t rows, int64_t longest, const char* op) {
  if (offsets.size() < 2 || offsets.front() != 0 || offsets.back() != rows) {
    const std::string found = offsets.empty() ? "none"
                                              : "from " + std::to_string(offsets.front()) + " to " +
                                                    std::to_string(offsets.back());
    throw Error(ErrorCode::invalid_argument, op, ": offsets: expected from 0 to ", rows, ", found ",
                found);
  }
  int64_t greatest = 0;
  for (size_t b = 0; b + 1 < offsets.size(); ++b) {
    const int64_t length = int64_t{offsets[b + 1]} - offsets[b];
    if (length < 1 || length > longest) {
      throw Error(ErrorCode::invalid_argument, op, ": offsets: expected sequences of 1 to ",
                  longest, " rows, found one of ", length);
    }
    greatest = std::max(greatest, length);
  }
  return greatest;
}

}  // namespace sightline
