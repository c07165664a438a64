// Sizes of a model inferred from its tensors, for files without a config.
#pragma once

#include <string>

#include "weights/checkpoint.h"

namespace sightline {

class TensorSizes {
 public:
  explicit TensorSizes(const Checkpoint& weights) : weights_(weights) {}

  const Checkpoint& weights() const { return weights_; }

  // Throws invalid_data with the checkpoint's path.
  [[noreturn]] void fail(const std::string& what) const;

  // The extent of an axis of a tensor of that rank, from 1 to a million.
  int64_t extent(const std::string& name, size_t rank, size_t axis) const;

  // The number of different indices between `prefix` and the next dot; 1 to 1000.
  int64_t count(const std::string& prefix) const;

 private:
  const Checkpoint& weights_;
};

}  // namespace sightline
