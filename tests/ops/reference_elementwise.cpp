#include <cmath>

#include "reference.h"

namespace sightline::test {

Doubles reference_rms_norm(const Tensor& x, const Tensor& gamma, double eps) {
  const int64_t width = x.dim(-1);
  Doubles y(static_cast<size_t>(x.count()));
  for (int64_t row = 0; row < x.count() / width; ++row) {
    const float* const from = x.data<float>() + row * width;
    double squares = 0;
    for (int64_t c = 0; c < width; ++c) squares += static_cast<double>(from[c]) * from[c];
    const double root = std::sqrt(squares / static_cast<double>(width) + eps);
    for (int64_t c = 0; c < width; ++c)
      y[static_cast<size_t>(row * width + c)] = from[c] / root * gamma.data<float>()[c];
  }
  return y;
}

Doubles reference_multiply(const Tensor& x, const Tensor& y) {
  const int64_t width = x.dim(-1), each = x.count() / x.dim(0);
  const bool same = x.shape() == y.shape();
  Doubles result;
  for (int64_t i = 0; i < x.count(); ++i) {
    const int64_t at = same ? i : i / each * width + i % width;
    result.push_back(static_cast<double>(x.data<float>()[i]) * y.data<float>()[at]);
  }
  return result;
}

Doubles reference_add(const Tensor& x, const Tensor& y) {
  Doubles result;
  for (int64_t i = 0; i < x.count(); ++i)
    result.push_back(static_cast<double>(x.data<float>()[i]) + y.data<float>()[i]);
  return result;
}

Doubles reference_rotate(const Tensor& qkv, int64_t heads, const Tensor& cosines,
                         const Tensor& sines, RotaryPairs pairs,
                         const std::vector<int32_t>& lengths) {
  const int64_t width = qkv.dim(-1) / 3, head = width / heads, rows = qkv.count() / (3 * width);
  std::vector<int64_t> positions;
  for (const int32_t length : lengths) {
    for (int64_t t = 0; t < length; ++t) positions.push_back(t);
  }
  for (int64_t row = static_cast<int64_t>(positions.size()); row < rows; ++row)
    positions.push_back(row % qkv.dim(1));
  Doubles y;
  for (int64_t row = 0; row < rows; ++row) {
    const float* const from = qkv.data<float>() + row * 3 * width;
    for (int64_t i = 0; i < 3 * width; ++i) {
      if (i >= 2 * width) {
        y.push_back(from[i]);
        continue;
      }
      const int64_t f = i % head, start = i - f;
      const bool first = pairs == RotaryPairs::neighbours ? f % 2 == 0 : f < head / 2;
      const int64_t step = pairs == RotaryPairs::neighbours ? 1 : head / 2;
      const double other = first ? -from[start + f + step] : from[start + f - step];
      const int64_t angle = positions[static_cast<size_t>(row)] * head + f;
      y.push_back(static_cast<double>(from[i]) * cosines.data<float>()[angle] +
                  other * sines.data<float>()[angle]);
    }
  }
  return y;
}

}  // namespace sightline::test
