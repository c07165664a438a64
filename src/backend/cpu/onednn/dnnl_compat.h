// Hides the differences between oneDNN 2.x (Debian 12: 2.6) and 3.x; all of them are in
// dnnl_compat.cpp.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>

#include "ops/ops.h"

namespace sightline {

// activation(x W (+ b)) (+ residual).
struct MatmulSpec {
  dnnl::memory::desc x;        // (M, K)
  dnnl::memory::desc weights;  // (K, N); format_tag::any to ask for the best layout
  dnnl::memory::desc bias;     // (1, N), where has_bias
  dnnl::memory::desc y;        // (M, N)
  bool has_bias = false;
  Activation activation = Activation::none;
  bool has_residual = false;  // a tensor like y, given as residual_argument(spec)
};

// The caller provides the scratchpad. Throws dnnl::error.
dnnl::matmul::primitive_desc make_matmul_desc(const dnnl::engine& engine, const MatmulSpec& spec);

// The execution argument of the residual. It depends on the index of the post-operation, which an
// activation precedes or not.
int residual_argument(const MatmulSpec& spec);

// One convolution.
struct PlainConvolutionSpec {
  dnnl::memory::desc x;  // dims (B, K, H, W), oneDNN's order for every layout
  // dims (N, K, R, R), or (N, 1, 1, R, R) of a depthwise convolution; format_tag::any to ask for
  // the best layout
  dnnl::memory::desc weights;
  dnnl::memory::desc y;  // dims (B, N, H', W')
  int64_t stride = 1;
  int64_t padding = 0;
};

// The caller provides the scratchpad. Throws dnnl::error.
dnnl::convolution_forward::primitive_desc make_convolution_desc(const dnnl::engine& engine,
                                                                const PlainConvolutionSpec& spec);

// Throws sightline::Error for an error of oneDNN: unsupported where it has no implementation,
// internal otherwise. `what` names the operation.
[[noreturn]] void throw_dnnl_error(const dnnl::error& error, const std::string& what);

}  // namespace sightline
