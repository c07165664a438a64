// Lets libtorch compute matrix products in bf16.
#pragma once

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>

namespace sightline {

// While the object exists, operations of this thread that gain from it convert their inputs to
// bf16; parameters and their gradients stay f32. For the forward pass only.
class Autocast {
 public:
  explicit Autocast(bool on) : on_(on) {
    if (!on_) return;
    at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
    at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
    at::autocast::set_cpu_enabled(true);
    at::autocast::set_enabled(true);
  }
  ~Autocast() {
    if (!on_) return;
    at::autocast::set_cpu_enabled(false);
    at::autocast::set_enabled(false);
    at::autocast::clear_cache();  // its copies of parameters are those of this step
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

  static bool is_on() { return at::autocast::is_cpu_enabled() || at::autocast::is_enabled(); }

 private:
  bool on_;
};

}  // namespace sightline
