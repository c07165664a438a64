#include "feedback/correction_map.h"

#include <sightline/error.h>

#include <cmath>

#include "base/finite.h"

namespace sightline::feedback {

std::vector<double> CorrectionMap::corrected(std::span<const float> text) const {
  std::vector<double> out(text.begin(), text.end());
  for (int64_t r = 0; r < inputs.rows; ++r) {
    const auto input = inputs.row(r);
    double amount = 0;
    for (size_t d = 0; d < text.size(); ++d)
      amount += static_cast<double>(input[d]) * (static_cast<double>(text[d]) - centre[d]);
    const auto output = outputs.row(r);
    for (size_t d = 0; d < text.size(); ++d) out[d] += amount * output[d];
  }
  return out;
}

void CorrectionMap::apply(std::span<float> text) const {
  const std::vector<double> moved = corrected(text);
  double squares = 0;
  for (const double value : moved) squares += value * value;
  const double norm = std::sqrt(squares);
  if (!(norm > 1e-6) || !std::isfinite(norm)) return;
  for (size_t d = 0; d < text.size(); ++d) text[d] = static_cast<float>(moved[d] / norm);
}

CorrectionMap with_low_rank(CorrectionMap map) {
  const int64_t dim = map.inputs.dim;
  if (map.inputs.rows <= dim) return map;
  std::vector<double> product(static_cast<size_t>(dim * dim));  // inputs^T outputs
  for (int64_t r = 0; r < map.inputs.rows; ++r) {
    const auto output = map.outputs.row(r);
    for (int64_t i = 0; i < dim; ++i) {
      const double factor = map.inputs.row(r)[static_cast<size_t>(i)];
      for (int64_t d = 0; d < dim; ++d)
        product[static_cast<size_t>(i * dim + d)] += factor * output[static_cast<size_t>(d)];
    }
  }
  map.inputs = Matrix(dim, dim);
  map.outputs = Matrix(dim, dim);
  for (int64_t i = 0; i < dim; ++i) map.inputs.row(i)[static_cast<size_t>(i)] = 1;
  for (size_t i = 0; i < product.size(); ++i)
    map.outputs.values[i] = static_cast<float>(product[i]);
  return map;
}

std::string map_problem(const CorrectionMap& map) {
  const auto dim = static_cast<int64_t>(map.centre.size());
  if (dim < 1 || map.inputs.dim != dim || map.outputs.dim != dim || map.inputs.rows < 1 ||
      map.inputs.rows != map.outputs.rows || map.inputs.rows > dim)
    return "its sizes disagree";
  for (const std::vector<float>* values : {&map.centre, &map.inputs.values, &map.outputs.values}) {
    if (!all_finite(*values)) return "it has a NaN or an infinity";
  }
  return "";
}

}  // namespace sightline::feedback
