// Attention of one query a sequence, without its keys and values. For a head with query q, keys
// K x_t + k and values V x_t + v:
//   score_t = q . (K x_t + k)  = (K^T q) . x_t + what is the same for all t, which softmax does not
//   see result  = sum_t weight_t (V x_t + v) = V (sum_t weight_t x_t) + v
// So each weight is used once a sequence, not once a row.
#pragma once

#include "ops/ops.h"
#include "tensor/arena.h"
#include "tensor/tensor.h"

namespace sightline {

// Arguments as in ops.h; shapes are the caller's to check. f32 in every precision: what is left to
// do is little, and reads its weights once. The panels lie in `arena`.
AttentionPool2d pack_attention_pool_2d(const Tensor& weight, const Tensor& bias, int64_t heads,
                                       Arena& arena);

Tensor cpu_attention_pool_2d(const Tensor& q, const Tensor& x, const AttentionPool2d& weights);

}  // namespace sightline
