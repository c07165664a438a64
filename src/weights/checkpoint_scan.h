// One pass over the bytes of a checkpoint: its digest, and the tensors that contain NaN or
// infinity.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/hash.h"
#include "weights/checkpoint.h"

namespace sightline {

struct CheckpointScan {
  Digest digest{};  // SHA-256 over the bytes of all files
  // Tensors of float types with an element that is NaN or infinity in f32, and the index of the
  // first such element in row-major order. A tensor that no tower reads may be listed: the causal
  // mask in OpenAI's files contains -inf.
  std::map<std::string, int64_t> not_finite;
};

// Scans blocks in parallel and releases their pages. The elements of a block are checked after it
// was hashed, while it is in the caches.
CheckpointScan scan_checkpoint(const Checkpoint& checkpoint);

// "(3, 17)": the position of element `index` of a tensor of that shape, for messages.
std::string position_text(int64_t index, const Shape& shape);

}  // namespace sightline
