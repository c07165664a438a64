#include "train/torch/best_weights.h"

#include <ATen/core/grad_mode.h>

#include <array>
#include <cmath>
#include <cstring>

#include "train/torch/batches.h"

namespace sightline {

BestWeights::BestWeights(std::vector<TorchParameter> tensors, int64_t patience)
    : tensors_(std::move(tensors)), patience_(patience) {
  for (const TorchParameter& tensor : tensors_)
    copies_.push_back({tensor.name, tensor.value.detach().clone()});
}

void BestWeights::offer(double value, int64_t epoch) {
  if (!(value > value_)) {
    ++since_;
    return;
  }
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < tensors_.size(); ++i) copies_[i].value.copy_(tensors_[i].value);
  value_ = value;
  epoch_ = epoch;
  since_ = 0;
}

void BestWeights::restore() const {
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < tensors_.size(); ++i) tensors_[i].value.copy_(copies_[i].value);
}

void BestWeights::save(std::vector<NamedTensor>& checkpoint) const {
  std::array<int32_t, kCounterWords> words = {
      static_cast<int32_t>(epoch_), static_cast<int32_t>(since_), std::isfinite(value_) ? 1 : 0};
  std::memcpy(words.data() + 3, &value_, sizeof value_);
  Tensor counters({kCounterWords}, DType::i32);
  std::memcpy(counters.data<int32_t>(), words.data(), counters.bytes());
  checkpoint.push_back({"best", counters});
  for (const TorchParameter& copy : copies_)
    checkpoint.push_back({"best." + copy.name, host_copy(copy.value)});
}

void BestWeights::load_counters(const uint8_t* bytes) {
  std::array<int32_t, kCounterWords> words;
  std::memcpy(words.data(), bytes, sizeof words);
  epoch_ = words[0];
  since_ = words[1];
  std::memcpy(&value_, bytes + 3 * sizeof(int32_t), sizeof value_);
}

}  // namespace sightline
