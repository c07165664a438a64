// Checks of an operation's tensors. Each throws Error{invalid_argument} whose message names the
// operation, the argument, what was expected and what was found.
#pragma once

#include <string>

#include "ops/ops.h"
#include "ops/sequence_offsets.h"
#include "tensor/tensor.h"

namespace sightline {

// Has a host address and at least one element.
void require_host(const Tensor& tensor, const char* op, const char* argument);
void require_dtype(const Tensor& tensor, DType type, const char* op, const char* argument);
inline void require_f32(const Tensor& tensor, const char* op, const char* argument) {
  require_dtype(tensor, DType::f32, op, argument);
}
// f32 or bf16.
void require_float(const Tensor& tensor, const char* op, const char* argument);
void require_rank(const Tensor& tensor, int rank, const char* op, const char* argument);
void require_shape(const Tensor& tensor, const Shape& shape, const char* op, const char* argument);
// f32 without infinities and NaN, which int8 cannot represent.
void require_finite(const Tensor& tensor, const char* op, const char* argument);
// The last axis has `size` elements.
void require_last(const Tensor& tensor, int64_t size, const char* op, const char* argument);

// The arguments of convolution_weights.
void require_convolution(const ConvolutionSpec& spec, const std::string& name);

}  // namespace sightline
