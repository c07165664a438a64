#include "train/torch/adamw.h"

#include <ATen/core/grad_mode.h>

#include <cmath>

namespace sightline {

AdamW::AdamW(const std::vector<TorchParameter>& parameters, const std::vector<double>& rate_factors,
             const Recipe& recipe)
    : weight_decay_(recipe.weight_decay),
      beta1_(recipe.beta1),
      beta2_(recipe.beta2),
      eps_(recipe.adam_eps),
      max_norm_(recipe.clip_gradient_norm) {
  for (size_t i = 0; i < parameters.size(); ++i) {
    const at::Tensor& value = parameters[i].value;
    slots_.push_back({value, at::zeros_like(value.detach()), at::zeros_like(value.detach()),
                      value.dim() >= 2, rate_factors[i]});
  }
}

double AdamW::step(double learning_rate) {
  const at::NoGradGuard no_grad;
  double squares = 0;
  for (const Slot& slot : slots_) {
    if (slot.value.grad().defined())
      squares += std::pow(slot.value.grad().norm().item<double>(), 2);
  }
  const double norm = std::sqrt(squares);
  if (!std::isfinite(norm)) return norm;
  const double scale = norm > max_norm_ ? max_norm_ / norm : 1;
  ++steps_;
  const double correct1 = 1 - std::pow(beta1_, static_cast<double>(steps_));
  const double correct2 = 1 - std::pow(beta2_, static_cast<double>(steps_));
  for (Slot& slot : slots_) {
    at::Tensor& gradient = slot.value.mutable_grad();
    if (!gradient.defined()) continue;
    if (scale != 1) gradient.mul_(scale);
    slot.mean.mul_(beta1_).add_(gradient, 1 - beta1_);
    slot.square.mul_(beta2_).addcmul_(gradient, gradient, 1 - beta2_);
    const double rate = learning_rate * slot.rate_factor;
    if (slot.decay) slot.value.mul_(1 - rate * weight_decay_);
    const at::Tensor denominator = slot.square.sqrt().div_(std::sqrt(correct2)).add_(eps_);
    slot.value.addcdiv_(slot.mean, denominator, -rate / correct1);
    gradient.reset();
  }
  return norm;
}

std::vector<at::Tensor> AdamW::state() const {
  std::vector<at::Tensor> state;
  for (const Slot& slot : slots_) {
    state.push_back(slot.mean);
    state.push_back(slot.square);
  }
  return state;
}

void AdamW::restore(const std::vector<at::Tensor>& state, int64_t steps) {
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < slots_.size(); ++i) {
    slots_[i].mean.copy_(state[2 * i]);
    slots_[i].square.copy_(state[2 * i + 1]);
  }
  steps_ = steps;
}

}  // namespace sightline
