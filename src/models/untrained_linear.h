// A linear layer as PyTorch makes it before anything is trained, to the last bit.
#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace sightline {

struct UntrainedLinear {
  Tensor weight;  // (N, K)
  Tensor bias;    // (N)
};

// What torch.manual_seed(seed); torch.nn.Linear(in, out) holds on the CPU: weight and then bias
// drawn uniformly from ±1/sqrt(in) by a Mersenne twister of 32 bits, of which the lower 24 make a
// number. PyTorch's kernels for AVX2 and AVX-512 round x * (high - low) + low once (a fused
// multiply-add), its kernels for older processors twice, which gives other last bits; this gives
// the former everywhere. Only the lower 32 bits of the seed count, as in PyTorch. Source: pytorch
// torch/nn/modules/linear.py, reset_parameters; torch/nn/init.py, kaiming_uniform_;
// aten/src/ATen/core/TransformationHelper.h, uniform_real.
UntrainedLinear untrained_linear(int64_t in, int64_t out, uint64_t seed);

}  // namespace sightline
