// The weights of the best evaluation, which early stopping keeps.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "backend/torch/torch_ops.h"
#include "weights/safetensors.h"

namespace sightline {

class BestWeights {
 public:
  // patience: evaluations without a better one after which `exhausted` holds; at least 1.
  BestWeights(std::vector<TorchParameter> tensors, int64_t patience);

  // Copies the current values if `value` is above that of all evaluations before.
  void offer(double value, int64_t epoch);
  bool exhausted() const { return since_ >= patience_; }
  int64_t epoch() const { return epoch_; }  // of the best evaluation
  double value() const { return value_; }

  // Replaces the current values by those of the best evaluation.
  void restore() const;

  // The state for a checkpoint: "best" (i32) with the counters, and "best.NAME" for each tensor.
  void save(std::vector<NamedTensor>& checkpoint) const;
  static constexpr int64_t kCounterWords = 5;  // i32: epoch, evaluations since, whether any; value
  void load_counters(const uint8_t* words);
  // The copies, in the order of the tensors; for a checkpoint, which overwrites them.
  std::vector<TorchParameter>& copies() { return copies_; }

 private:
  std::vector<TorchParameter> tensors_, copies_;
  int64_t patience_;
  int64_t epoch_ = 0, since_ = 0;
  double value_ = -std::numeric_limits<double>::infinity();
};

}  // namespace sightline
