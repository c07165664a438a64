// Turns named tensors of a ParameterSource into a backend's weights, while a model is built.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/parameter_source.h"
#include "ops/ops.h"

namespace sightline {

class WeightBuilder {
 public:
  // ops null: names and shapes are checked and counted, nothing is read, and every result is
  // empty. For a tower that is not loaded.
  WeightBuilder(ParameterSource& source, Ops* ops) : source_(source), ops_(ops) {}

  Tensor parameter(const std::string& name, const Shape& shape);

  // name.weight (N, K), and name.bias (N) unless without_bias.
  Linear linear(const std::string& name, int64_t out, int64_t in, bool bias = true);

  // A linear layer whose weight has another shape in the file, (N, K) after flattening: the patch
  // convolution. No bias.
  Linear flattened_linear(const std::string& name, const Shape& shape);

  // prefix.q_proj, .k_proj, .v_proj, each (C, C) with bias, stacked into one layer (3*C, C) that
  // is called prefix.qkv_proj.
  Linear fused_qkv(const std::string& prefix, int64_t width);

  int64_t parameter_count() const { return count_; }

 private:
  Tensor take(const std::string& name, const Shape& shape);

  ParameterSource& source_;
  Ops* ops_;
  int64_t count_ = 0;
};

// The other way, for writing checkpoints: a parameter as the backend has it, under the name that
// WeightBuilder gave it, back to the file's tensors (a qkv_proj becomes q_proj, k_proj, v_proj).
std::vector<NamedTensor> split_fused(const std::string& name, const Tensor& host);

}  // namespace sightline
