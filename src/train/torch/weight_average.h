// An exponential moving average of weights and running statistics.
#pragma once

#include <vector>

#include "backend/torch/torch_ops.h"

namespace sightline {

class WeightAverage {
 public:
  // Starts at the current values of `tensors`. decay: 0 to 1.
  WeightAverage(std::vector<TorchParameter> tensors, double decay);

  // Moves the average towards the current values after step `step`, from 0. The decay is at most
  // (step + 1) / (step + 10), so that the random start is forgotten.
  void update(int64_t step);

  // The averages with the names of the tensors, in their order; for a checkpoint, which overwrites
  // them.
  std::vector<TorchParameter>& averages() { return averages_; }

 private:
  friend class AverageInPlace;
  void exchange();  // average and current values

  std::vector<TorchParameter> tensors_, averages_;
  double decay_;
};

// Puts an average in the place of the current values as long as the object exists: while the model
// is evaluated or exported. Null: does nothing.
class AverageInPlace {
 public:
  explicit AverageInPlace(WeightAverage* average) : average_(average) {
    if (average_ != nullptr) average_->exchange();
  }
  ~AverageInPlace() {
    if (average_ != nullptr) average_->exchange();
  }
  AverageInPlace(const AverageInPlace&) = delete;
  AverageInPlace& operator=(const AverageInPlace&) = delete;

 private:
  WeightAverage* average_;
};

}  // namespace sightline
