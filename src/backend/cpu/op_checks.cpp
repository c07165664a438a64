#include "backend/cpu/op_checks.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace sightline {
namespace {

[[noreturn]] void fail(const char* op, const char* argument, const std::string& expected,
                       const std::string& found) {
  throw Error(ErrorCode::invalid_argument, op, ": ", argument, ": expected ", expected, ", found ",
              found);
}

void require_norm(const BatchNorm& norm, int64_t channels, const char* op) {
  const Shape row = {channels};
  const auto check = [&](const Tensor& tensor, const char* argument) {
    require_f32(tensor, op, argument);
    require_shape(tensor, row, op, argument);
  };
  check(norm.gamma, "the batch norm's gamma");
  check(norm.beta, "the batch norm's beta");
  check(norm.mean, "the batch norm's mean");
  check(norm.variance, "the batch norm's variance");
  for (int64_t n = 0; n < channels; ++n) {
    const float variance = norm.variance.data<float>()[n];
    if (variance + norm.eps > 0) continue;
    throw Error(ErrorCode::invalid_argument, op, ": the batch norm's variance of channel ", n,
                " is ", variance, ", expected 0 or more");
  }
}

}  // namespace

void require_host(const Tensor& tensor, const char* op, const char* argument) {
  if (!tensor.defined()) fail(op, argument, "a tensor", "none");
  const Shape& shape = tensor.shape();
  const bool empty = std::any_of(shape.begin(), shape.end(), [](int64_t size) { return size < 1; });
  if (shape.empty() || empty) fail(op, argument, "at least one element", shape_text(shape));
  if (tensor.raw() == nullptr) fail(op, argument, "host memory", "another backend's tensor");
}

void require_dtype(const Tensor& tensor, DType type, const char* op, const char* argument) {
  require_host(tensor, op, argument);
  if (tensor.dtype() != type) fail(op, argument, dtype_name(type), dtype_name(tensor.dtype()));
}

void require_float(const Tensor& tensor, const char* op, const char* argument) {
  require_host(tensor, op, argument);
  if (tensor.dtype() == DType::f32 || tensor.dtype() == DType::bf16) return;
  fail(op, argument, "f32 or bf16", dtype_name(tensor.dtype()));
}

void require_rank(const Tensor& tensor, int rank, const char* op, const char* argument) {
  if (tensor.rank() != rank) {
    fail(op, argument, std::to_string(rank) + " dimensions", shape_text(tensor.shape()));
  }
}

void require_shape(const Tensor& tensor, const Shape& shape, const char* op, const char* argument) {
  if (tensor.shape() != shape) fail(op, argument, shape_text(shape), shape_text(tensor.shape()));
}

void require_finite(const Tensor& tensor, const char* op, const char* argument) {
  require_f32(tensor, op, argument);
  const float* const numbers = tensor.data<float>();
  for (int64_t i = 0; i < tensor.count(); ++i) {
    if (std::isfinite(numbers[i])) continue;
    fail(op, argument, "finite elements (int8 has no others)",
         std::to_string(numbers[i]) + " at " + std::to_string(i));
  }
}

void require_last(const Tensor& tensor, int64_t size, const char* op, const char* argument) {
  if (tensor.dim(-1) != size) {
    fail(op, argument, "a last dimension of " + std::to_string(size), shape_text(tensor.shape()));
  }
}

void require_convolution(const ConvolutionSpec& spec, const std::string& name) {
  constexpr const char* kOp = "convolution_weights";
  require_f32(spec.weight, kOp, name.c_str());
  require_rank(spec.weight, 4, kOp, name.c_str());
  const int64_t channels = spec.weight.dim(0);
  const bool one_input = !spec.depthwise || spec.weight.dim(1) == 1;
  if (spec.weight.dim(2) != spec.weight.dim(3) || !one_input || spec.stride < 1 ||
      spec.padding < 0 || spec.multiplier < 1 || channels % spec.multiplier != 0 ||
      (spec.multiplier > 1 && !spec.depthwise)) {
    throw Error(ErrorCode::invalid_argument, kOp, ": '", name, "' is ",
                shape_text(spec.weight.shape()), " with stride ", spec.stride, " and padding ",
                spec.padding, " and ", spec.multiplier, " outputs of each channel, expected (N, ",
                (spec.depthwise ? "1" : "K"),
                ", R, R), 1 or more, 0 or more, a divisor of N (1 unless depthwise)");
  }
  if (spec.bias.defined()) {
    require_f32(spec.bias, kOp, (name + ".bias").c_str());
    require_shape(spec.bias, {channels}, kOp, (name + ".bias").c_str());
  }
  if (spec.norm.gamma.defined()) require_norm(spec.norm, channels, kOp);
}

}  // namespace sightline
