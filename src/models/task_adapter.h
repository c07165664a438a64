// Low-rank adapters (LoRA) that a checkpoint stores together with its weights, one for each task,
// as those of Jina AI's text towers. The chosen one is added while the weights are read. Source:
// jinaai/xlm-roberta-flash-implementation modeling_lora.py, LoRAParametrization.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/parameter_source.h"

namespace sightline {

struct TaskAdapters {
  int64_t count = 0;            // n, the tasks
  std::optional<int64_t> used;  // the one that is added; nothing: none
  int64_t rank = 4;             // r
  double scale = 0.25;          // alpha / r: the factor on the product of both matrices
};

// The weights of `base` with the adapter's additions. A weight that `base` finds in the file as
// X.parametrizations.weight.original (N, K) has the matrices
//   X.parametrizations.weight.0.lora_A, .lora_B   (n, r, K), (n, N, r): plus B A
//   the same of an embedding table                (n, N, r), (n, r, K): plus A B
// Other tensors are those of `base`, which must outlive this.
class TaskAdapterSource : public ParameterSource {
 public:
  TaskAdapterSource(ParameterSource& base, const TaskAdapters& adapters)
      : base_(base), adapters_(adapters) {}

  Tensor take(const std::string& name, const Shape& shape) override;
  void check(const std::string& name, const Shape& shape) override;
  void finish() const override { base_.finish(); }
  bool uses(const std::string& file_name) const override { return base_.uses(file_name); }
  FileTensor locate(const std::string& name, const Shape& shape) const override {
    return base_.locate(name, shape);
  }

 private:
  struct Matrix {
    std::string name;
    Shape shape;        // (n, ., .)
    int64_t begin = 0;  // the first row that belongs to the requested weight
  };
  struct Matrices {
    Matrix left, right;  // their product is added
  };

  // Nothing where the weight has no adapter.
  std::optional<Matrices> matrices_of(const std::string& name, const Shape& shape) const;
  // The used adapter's matrix from its first row on, in `all`.
  const float* used_rows(const Tensor& all, const Matrix& matrix) const;

  ParameterSource& base_;
  TaskAdapters adapters_;
};

}  // namespace sightline
