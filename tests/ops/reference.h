// Reference definitions of the operations, as plain as possible and in double precision,
// independent of every backend; and helpers shared by the tests of this folder.
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

// Indices of at most `most` rows, evenly spaced, including the first and the last, for references
// that are too slow for all of them.
std::vector<int64_t> sample_rows(int64_t rows, int64_t most);
// Those rows of x; a row is the last axis.
Tensor take_rows(const Tensor& x, const std::vector<int64_t>& rows);

// The first lengths[b] positions of each sequence of x (B, T, C), concatenated to (R, C), and their
// offsets. No lengths: x itself, no offsets.
Tensor packed_rows(const Tensor& x, const std::vector<int32_t>& lengths);
Doubles packed_rows(const Doubles& x, const std::vector<int32_t>& lengths, int64_t positions,
                    int64_t channels);
std::vector<int32_t> offsets_of(const std::vector<int32_t>& lengths);

double activate(double x, Activation activation);

// The operations of ops/ops.h.
Doubles reference_linear(const Tensor& x, const Tensor& weight, const Tensor& bias,
                         Activation activation, const Tensor& residual);
Doubles reference_layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps);
Doubles reference_rms_norm(const Tensor& x, const Tensor& gamma, double eps);
Doubles reference_add(const Tensor& x, const Tensor& y);
Doubles reference_multiply(const Tensor& x, const Tensor& y);
// lengths: of the sequences of a packed qkv; none: (B, T, 3*C).
Doubles reference_rotate(const Tensor& qkv, int64_t heads, const Tensor& cosines,
                         const Tensor& sines, RotaryPairs pairs,
                         const std::vector<int32_t>& lengths = {});
Doubles reference_attention(const Tensor& qkv, int64_t heads, bool causal,
                            const std::vector<int32_t>& lengths = {});
// lengths: of the sequences of a padded qkv (B, T, 3*C).
Doubles reference_biased_attention(const Tensor& qkv, int64_t heads, const Tensor& bias,
                                   double scale, const std::vector<int32_t>& lengths = {});
Doubles reference_single_query_attention(const Tensor& q, const Tensor& kv, int64_t heads);
// The batch norm is applied to the convolution's result, without folding.
Doubles reference_convolution(const Tensor& x, const ConvolutionSpec& spec, Activation activation,
                              const Tensor& residual);
Doubles reference_average_pool(const Tensor& x, int64_t side);
Doubles reference_max_pool(const Tensor& x, int64_t side, int64_t stride, int64_t padding);
Doubles reference_mean_pool(const Tensor& x, const std::vector<int32_t>& lengths);
// weight (C, 3, P, P), of the convolution.
Doubles reference_patch_embed(const Tensor& pixels, const Tensor& weight, int64_t patch_size);

}  // namespace sightline::test
