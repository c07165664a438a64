#include "ops/stacked_weights.h"

#include <cstring>

#include "ops/ops.h"

namespace sightline {

Tensor concat(std::span<const Tensor> parts) {
  Shape shape = parts.front().shape();
  shape[0] = 0;
  for (const Tensor& part : parts) shape[0] += part.dim(0);
  Tensor whole(shape, DType::f32);
  auto* to = reinterpret_cast<char*>(whole.data<float>());
  for (const Tensor& part : parts) {
    std::memcpy(to, part.raw(), part.bytes());
    to += part.bytes();
  }
  return whole;
}

Linear Ops::stacked_weights(const std::string& name, std::span<const Tensor> weights,
                            std::span<const Tensor> biases) {
  return linear_weights(name, concat(weights), concat(biases));
}

}  // namespace sightline
