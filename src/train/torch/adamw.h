// AdamW with decoupled weight decay (Loshchilov, Hutter 2019), over a torch backend's parameters.
#pragma once

#include <vector>

#include "backend/torch/torch_ops.h"
#include "train/recipe.h"

namespace sightline {

class AdamW {
 public:
  // rate_factors: for each parameter, the factor on the learning rate.
  AdamW(const std::vector<TorchParameter>& parameters, const std::vector<double>& rate_factors,
        const Recipe& recipe);

  // One step at this learning rate with the current gradients, which are cleared. Gradients are
  // scaled down together where their norm exceeds the recipe's bound. Returns the norm before
  // scaling.
  double step(double learning_rate);

  int64_t steps() const { return steps_; }

  // State for a checkpoint: two tensors per parameter, in the parameters' order.
  std::vector<at::Tensor> state() const;
  void restore(const std::vector<at::Tensor>& state, int64_t steps);

 private:
  struct Slot {
    at::Tensor value, mean, square;
    bool decay;  // matrices decay; biases, norms and the temperature do not
    double rate_factor;
  };
  std::vector<Slot> slots_;
  double weight_decay_, beta1_, beta2_, eps_, max_norm_;
  int64_t steps_ = 0;
};

}  // namespace sightline
