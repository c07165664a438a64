// Attention on the kernels of cpu_kernels.h, with heads distributed over threads: see ops/ops.h.
// The functions check their arguments.
#pragma once

#include "ops/ops.h"

namespace sightline {

Tensor cpu_attention(const Tensor& qkv, int64_t heads, bool causal, SequenceOffsets offsets);
Tensor cpu_biased_attention(const Tensor& qkv, int64_t heads, const Tensor& bias, float scale,
                            SequenceOffsets offsets);
Tensor cpu_single_query_attention(const Tensor& q, const Tensor& kv, int64_t heads,
                                  SequenceOffsets offsets);

}  // namespace sightline
