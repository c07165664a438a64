#include "search/weighted_sum.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace sightline {
namespace {

// Relative to the sum of the absolute weights. Elements of float32 vectors of unit length have
// errors of about 6e-8.
constexpr double kCancelled = 1e-6;

double norm_of(std::span<const double> vector) {
  double sum = 0;
  for (const double value : vector) sum += value * value;
  return std::sqrt(sum);
}

}  // namespace

bool weighted_sum(std::span<const double> weights, const Matrix& vectors, int64_t first,
                  std::span<float> out) {
  std::vector<double> sum(out.size());
  double largest = 0, total = 0;
  for (const double weight : weights) largest = std::max(largest, std::abs(weight));
  for (size_t i = 0; i < weights.size(); ++i) {
    const auto row = vectors.row(first + static_cast<int64_t>(i));
    const std::vector<double> vector(row.begin(), row.end());
    const double norm = norm_of(vector);
    if (norm == 0) return false;
    const double weight = weights[i] / largest;  // so that no sum overflows
    for (size_t d = 0; d < sum.size(); ++d) sum[d] += weight * (vector[d] / norm);
    total += std::abs(weight);
  }
  const double norm = norm_of(sum);
  if (!(norm > kCancelled * total)) return false;
  for (size_t d = 0; d < sum.size(); ++d) out[d] = static_cast<float>(sum[d] / norm);
  return true;
}

}  // namespace sightline
