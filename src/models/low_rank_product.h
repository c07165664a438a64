// The sum of a weight and a product of two narrow matrices, as low-rank adapters (LoRA) define it.
#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace sightline {

// weight + scale * left * right, each row accumulated in f64 and rounded once.
//   weight (N, K), left (N, r), right (r, K) host f32, rows without gaps -> (N, K) host f32
Tensor plus_low_rank(const Tensor& weight, const float* left, const float* right, int64_t rank,
                     double scale);

}  // namespace sightline
