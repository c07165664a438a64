#include "models/hf_text/relative_bias.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace sightline {

// In float, as the reference: at the borders of buckets rounding decides.
int64_t relative_bucket(int64_t distance, int64_t buckets, int64_t max_distance) {
  const int64_t half = buckets / 2, exact = half / 2;
  const int64_t first = distance > 0 ? half : 0, steps = std::abs(distance);
  if (steps < exact) return first + steps;
  const double range = std::log(static_cast<double>(max_distance) / static_cast<double>(exact));
  const float grown = std::log(static_cast<float>(steps) / static_cast<float>(exact)) /
                      static_cast<float>(range) * static_cast<float>(half - exact);
  return first + std::min(exact + static_cast<int64_t>(grown), half - 1);
}

Tensor relative_bias(WeightBuilder& weights, const std::string& name, int64_t buckets,
                     int64_t heads, int64_t positions) {
  constexpr int64_t kMaxDistance = 128;
  constexpr int64_t kMostElements = 1 << 28;
  if (heads > kMostElements / (positions * positions)) {
    throw Error(ErrorCode::limit_exceeded, "'", name, "': a bias of ", heads, " heads and ",
                positions, " positions is too large, expected at most ", kMostElements,
                " elements");
  }
  const Tensor table = weights.host_parameter(name, {buckets, heads});
  if (!table.defined()) return {};
  Tensor bias({1, heads, positions, positions}, DType::f32);
  float* to = bias.data<float>();
  for (int64_t h = 0; h < heads; ++h) {
    for (int64_t query = 0; query < positions; ++query) {
      for (int64_t key = 0; key < positions; ++key) {
        const int64_t row = relative_bucket(key - query, buckets, kMaxDistance);
        *to++ = table.data<float>()[row * heads + h];
      }
    }
  }
  return weights.constant(bias);
}

}  // namespace sightline
