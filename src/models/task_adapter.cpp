#include "models/task_adapter.h"

#include "models/low_rank_product.h"

namespace sightline {

std::optional<TaskAdapterSource::Matrices> TaskAdapterSource::matrices_of(
    const std::string& name, const Shape& shape) const {
  constexpr std::string_view kOriginal = ".original", kTable = "_embeddings";
  const FileTensor file = base_.locate(name, shape);
  if (!file.name.ends_with(std::string(".parametrizations.weight") + std::string(kOriginal)))
    return std::nullopt;
  if (file.shape.size() != 2) return std::nullopt;  // adapters are those of matrices
  const std::string own = file.name.substr(0, file.name.size() - kOriginal.size());
  const std::string module = own.substr(0, own.find(".parametrizations."));
  const int64_t n = adapters_.count, r = adapters_.rank;
  const Shape left = {n, file.shape[0], r}, right = {n, r, file.shape[1]};
  const std::string a = own + ".0.lora_A", b = own + ".0.lora_B";
  if (module.ends_with(kTable)) return Matrices{{a, left, file.begin}, {b, right}};
  return Matrices{{b, left, file.begin}, {a, right}};
}

const float* TaskAdapterSource::used_rows(const Tensor& all, const Matrix& matrix) const {
  const int64_t rows = matrix.shape[1], columns = matrix.shape[2];
  return all.data<float>() + (*adapters_.used * rows + matrix.begin) * columns;
}

Tensor TaskAdapterSource::take(const std::string& name, const Shape& shape) {
  const auto found = matrices_of(name, shape);
  Tensor weight = base_.take(name, shape);
  if (!found) return weight;
  if (!adapters_.used) {
    base_.check(found->left.name, found->left.shape);
    base_.check(found->right.name, found->right.shape);
    return weight;
  }
  const Tensor left = base_.take(found->left.name, found->left.shape);
  const Tensor right = base_.take(found->right.name, found->right.shape);
  return plus_low_rank(weight, used_rows(left, found->left), used_rows(right, found->right),
                       adapters_.rank, adapters_.scale);
}

void TaskAdapterSource::check(const std::string& name, const Shape& shape) {
  base_.check(name, shape);
  const auto found = matrices_of(name, shape);
  if (!found) return;
  base_.check(found->left.name, found->left.shape);
  base_.check(found->right.name, found->right.shape);
}

}  // namespace sightline
