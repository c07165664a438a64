// Checkpointing: a layer's intermediate tensors are computed again for its gradients.
// Source: Chen, Xu, Zhang, Guestrin 2016, "Training Deep Nets with Sublinear Memory Cost"; PyTorch
// torch/utils/checkpoint.py (a tensor that requires gradients as a further input).
#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <ATen/core/ivalue.h>
#include <torch/csrc/autograd/custom_function.h>

#include "backend/torch/torch_guard.h"
#include "backend/torch/torch_ops.h"

namespace sightline {
namespace {

using Layer = std::function<Tensor(const Tensor&)>;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct StoredLayer : torch::CustomClassHolder {
  Layer fn;
  bool autocast = false;
};

// Restores autocast, which is off while gradients are computed.
class SameAutocast {
 public:
  explicit SameAutocast(bool on)
      : cpu_(at::autocast::is_cpu_enabled()), gpu_(at::autocast::is_enabled()) {
    at::autocast::set_cpu_enabled(on);
    at::autocast::set_enabled(on);
  }
  ~SameAutocast() {
    at::autocast::set_cpu_enabled(cpu_);
    at::autocast::set_enabled(gpu_);
  }

 private:
  bool cpu_, gpu_;
};

class Recomputed : public torch::autograd::Function<Recomputed> {
 public:
  // `marker` requires gradients: the layer's parameters may, also where x does not.
  static variable_list forward(AutogradContext* context, const at::Tensor& x,
                               const at::Tensor& marker, const c10::IValue& layer) {
    (void)marker;
    context->save_for_backward({x});
    context->saved_data["layer"] = layer;
    context->saved_data["needs_x"] = x.requires_grad();
    const auto stored = c10::static_intrusive_pointer_cast<StoredLayer>(layer.toCapsule());
    return {torch_array(stored->fn(wrap_torch(x)))};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto stored =
        c10::static_intrusive_pointer_cast<StoredLayer>(context->saved_data["layer"].toCapsule());
    const bool needs_x = context->saved_data["needs_x"].toBool();
    const at::Tensor x = context->get_saved_variables()[0].detach().set_requires_grad(needs_x);
    const at::AutoGradMode with_graph(true);
    at::Tensor y;
    {
      const SameAutocast autocast(stored->autocast);
      y = torch_array(stored->fn(wrap_torch(x)));
    }
    if (!y.requires_grad()) return {at::Tensor(), at::Tensor(), at::Tensor()};  // a frozen layer
    y.backward(gradients[0]);  // adds the gradients of the parameters
    return {needs_x ? x.grad() : at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

bool TorchOps::recomputes_layers() const {
  return recomputes_layers_ && training_ && at::GradMode::is_enabled();
}

Tensor TorchOps::recomputed(const Tensor& x, const Layer& fn) {
  if (!recomputes_layers()) return fn(x);
  return guarded("recomputed", [&] {
    auto stored = c10::make_intrusive<StoredLayer>();
    stored->fn = fn;
    stored->autocast = at::autocast::is_cpu_enabled() || at::autocast::is_enabled();
    const at::Tensor marker = at::zeros({}, at::TensorOptions().device(device_)).requires_grad_();
    return wrap_torch(
        Recomputed::apply(torch_array(x), marker, c10::IValue::make_capsule(std::move(stored)))[0]);
  });
}

}  // namespace sightline
