#include "train/torch/weight_average.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

namespace sightline {

WeightAverage::WeightAverage(std::vector<TorchParameter> tensors, double decay)
    : tensors_(std::move(tensors)), decay_(decay) {
  for (const TorchParameter& tensor : tensors_)
    averages_.push_back({tensor.name, tensor.value.detach().clone()});
}

void WeightAverage::update(int64_t step) {
  const at::NoGradGuard no_grad;
  const auto s = static_cast<double>(step);
  const double decay = std::min(decay_, (s + 1) / (s + 10));
  for (size_t i = 0; i < tensors_.size(); ++i)
    averages_[i].value.lerp_(tensors_[i].value.detach(), 1 - decay);
}

void WeightAverage::exchange() {
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < tensors_.size(); ++i) {
    const at::Tensor current = tensors_[i].value.detach().clone();
    tensors_[i].value.copy_(averages_[i].value);
    averages_[i].value.copy_(current);
  }
}

}  // namespace sightline
