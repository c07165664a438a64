// Operations on single elements and rows: see ops/ops.h. The functions check their arguments.
#pragma once

#include "ops/ops.h"

namespace sightline {

Tensor cpu_rms_norm(const Tensor& x, const Tensor& gamma, float eps, DType type);
Tensor cpu_multiply(const Tensor& x, const Tensor& y);
Tensor cpu_add(const Tensor& x, const Tensor& y);
Tensor cpu_rotate(Tensor qkv, int64_t heads, const Tensor& cosines, const Tensor& sines,
                  RotaryPairs pairs, SequenceOffsets offsets);

}  // namespace sightline
