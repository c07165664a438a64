// Pooling and layout operations on images and sequences: see ops/ops.h. The functions check their
// arguments.
#pragma once

#include "ops/ops.h"

namespace sightline {

Tensor cpu_nchw_to_nhwc(const Tensor& pixels, DType type);
Tensor cpu_average_pool(const Tensor& x, int64_t side);
Tensor cpu_max_pool(const Tensor& x, int64_t side, int64_t stride, int64_t padding);
Tensor cpu_mean_pool(const Tensor& x, SequenceOffsets offsets);

}  // namespace sightline
