// Attention with one query per sequence, without computing keys and values. For a head with query
// q, keys K x_t + k and values V x_t + v:
//   score_t = q . (K x_t + k)             = (K^T q) . x_t + q . k, of which softmax ignores q . k
//   result  = sum_t weight_t (V x_t + v)  = V (sum_t weight_t x_t) + v
// So each weight is used once per sequence instead of once per row.
#pragma once

#include "ops/ops.h"
#include "tensor/arena.h"
#include "tensor/tensor.h"

namespace sightline {

// Arguments as in ops.h; the caller has checked the shapes. precision: fp32 or bf16, for heads of
// an even width. The panels are allocated in `arena`.
AttentionPool2d pack_attention_pool_2d(const Tensor& weight, const Tensor& bias, int64_t heads,
                                       Precision precision, Arena& arena);

Tensor cpu_attention_pool_2d(const Tensor& q, const Tensor& x, const AttentionPool2d& weights);

}  // namespace sightline
