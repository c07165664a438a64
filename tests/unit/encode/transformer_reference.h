// A pre-norm transformer as plainly as possible, in double precision, for one sequence at a time.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/parameter_source.h"
#include "models/transformer_config.h"

namespace sightline::test {

// Random weights for whatever a tower asks for, kept for the reference. Norm gains are around 1.
class RandomParameters : public ParameterSource {
 public:
  Tensor take(const std::string& name, const Shape& shape) override;
  void check(const std::string&, const Shape&) override {}

  bool contains(const std::string& name) const { return tensors_.contains(name); }
  const Tensor& at(const std::string& name) const { return tensors_.at(name); }

 private:
  std::map<std::string, Tensor> tensors_;
};

using Rows = std::vector<std::vector<double>>;  // (T, C)

// x W^T + b with NAME.weight, flattened to two dimensions, and NAME.bias where there is one.
Rows reference_linear(const RandomParameters& p, const std::string& name, const Rows& x);
Rows reference_norm(const RandomParameters& p, const std::string& name, const Rows& x, double eps);

struct ReferenceNames {
  std::string layers, norm, head;
};
// All layers, then the final norm and config's pooling.  x (T, C) -> (C)
std::vector<double> reference_transformer(const RandomParameters& p, const ReferenceNames& names,
                                          const TransformerConfig& config, Rows x);

}  // namespace sightline::test
