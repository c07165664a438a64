// What the operations mean, written as plainly as possible, in double precision: the oracle that
// does not depend on any backend. Also the helpers that the tests of this folder share.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ops/ops.h"

namespace sightline::test {

using Doubles = std::vector<double>;

// Reproducible, roughly normal values times `scale`.
Tensor random_tensor(const Shape& shape, uint32_t seed, float scale = 1.f);

// The torch backend, or null where this build has none.
std::unique_ptr<Ops> torch_or_null();
inline constexpr const char* kNoTorch = "built without libsightline_torch.so";

struct Difference {
  double largest = 0;
  int64_t at = 0;
};
Difference difference(const Tensor& a, const Tensor& b);
Difference difference(const Tensor& a, const Doubles& b);

// Rows of x that a reference computes when all of them would take too long: at most `most`, spread
// evenly, the first and the last among them.
std::vector<int64_t> sample_rows(int64_t rows, int64_t most);
// Those rows of a tensor whose rows have the last axis' length.
Tensor take_rows(const Tensor& x, const std::vector<int64_t>& rows);

// The first lengths[b] positions of each sequence of x (B, T, C) one after the other, (R, C), and
// where each offsets. No lengths: no offsets.
Tensor packed_rows(const Tensor& x, const std::vector<int32_t>& lengths);
Doubles packed_rows(const Doubles& x, const std::vector<int32_t>& lengths, int64_t positions,
                    int64_t channels);
std::vector<int32_t> offsets_of(const std::vector<int32_t>& lengths);

double activate(double x, Activation activation);

// The operations of ops/ops.h, on the whole of their arguments.
Doubles reference_linear(const Tensor& x, const Tensor& weight, const Tensor& bias,
                         Activation activation, const Tensor& residual);
Doubles reference_layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps);
Doubles reference_attention(const Tensor& qkv, int64_t heads, bool causal,
                            const std::vector<int32_t>& lengths = {});
Doubles reference_single_query_attention(const Tensor& q, const Tensor& kv, int64_t heads);
// The batch norm is applied to the convolution's result, as it stands.
Doubles reference_convolution(const Tensor& x, const ConvolutionSpec& spec, Activation activation,
                              const Tensor& residual);
Doubles reference_average_pool(const Tensor& x, int64_t side);
Doubles reference_max_pool(const Tensor& x, int64_t side, int64_t stride, int64_t padding);
Doubles reference_mean_pool(const Tensor& x, const std::vector<int32_t>& lengths);
// weight (C, 3, P, P) as the convolution has it.
Doubles reference_patch_embed(const Tensor& pixels, const Tensor& weight, int64_t patch_size);

}  // namespace sightline::test
