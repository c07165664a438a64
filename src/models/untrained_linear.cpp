#include "models/untrained_linear.h"

#include <cmath>
#include <random>

namespace sightline {
namespace {

void fill_uniform(Tensor& tensor, double bound, std::mt19937& generator) {
  const auto low = static_cast<float>(-bound), high = static_cast<float>(bound);
  const float width = high - low;
  float* values = tensor.data<float>();
  for (int64_t i = 0; i < tensor.count(); ++i) {
    const float x = static_cast<float>(generator() & 0xFFFFFFu) * 0x1p-24f;  // in [0, 1)
    values[i] = std::fma(x, width, low);
  }
}

}  // namespace

UntrainedLinear untrained_linear(int64_t in, int64_t out, uint64_t seed) {
  std::mt19937 generator(static_cast<uint32_t>(seed));
  UntrainedLinear layer{Tensor({out, in}, DType::f32), Tensor({out}, DType::f32)};
  const double root = std::sqrt(static_cast<double>(in));
  // gain = sqrt(2 / (1 + a ** 2)) with a = sqrt(5); bound = sqrt(3) * (gain / sqrt(fan_in)).
  // Mathematically this is 1 / sqrt(fan_in); the roundings are PyTorch's.
  const double slope = std::sqrt(5.0);
  const double gain = std::sqrt(2.0 / (1 + slope * slope));
  fill_uniform(layer.weight, std::sqrt(3.0) * (gain / root), generator);
  fill_uniform(layer.bias, 1 / root, generator);
  return layer;
}

}  // namespace sightline
