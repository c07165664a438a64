// An untrained linear layer, equal to PyTorch's initialisation bit for bit.
#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace sightline {

struct UntrainedLinear {
  Tensor weight;  // (N, K)
  Tensor bias;    // (N)
};

// The layer of torch.manual_seed(seed); torch.nn.Linear(in, out) on the CPU: weight, then bias,
// uniform in ±1/sqrt(in), from the lower 24 bits of a 32-bit Mersenne twister. PyTorch's kernels
// for AVX2 and AVX-512 round x * (high - low) + low once (a fused multiply-add), those for older
// processors twice, with other last bits. This function has the former's bits on every processor.
// Only the lower 32 bits of the seed count, as in PyTorch. Source: pytorch
// torch/nn/modules/linear.py, reset_parameters; torch/nn/init.py, kaiming_uniform_;
// aten/src/ATen/core/TransformationHelper.h, uniform_real.
UntrainedLinear untrained_linear(int64_t in, int64_t out, uint64_t seed);

}  // namespace sightline
