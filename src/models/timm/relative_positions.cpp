#include "models/timm/relative_positions.h"

#include <algorithm>

namespace sightline {

Tensor relative_position_bias(const Tensor& table, int64_t side, int64_t prefix) {
  const int64_t heads = table.dim(1), patches = side * side, positions = prefix + patches;
  const int64_t distances = 2 * side - 1;
  Tensor bias({heads, positions, positions}, DType::f32);
  std::fill_n(bias.data<float>(), bias.count(), 0.f);
  for (int64_t q = 0; q < patches; ++q) {
    for (int64_t k = 0; k < patches; ++k) {
      const int64_t row = q / side - k / side + side - 1, column = q % side - k % side + side - 1;
      const float* const from = table.data<float>() + (row * distances + column) * heads;
      float* to = bias.data<float>() + (prefix + q) * positions + prefix + k;
      for (int64_t head = 0; head < heads; ++head, to += positions * positions) *to = from[head];
    }
  }
  return bias;
}

}  // namespace sightline
