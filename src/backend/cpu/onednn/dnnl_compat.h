// Everything that differs between oneDNN 2.x (Debian 12: 2.6) and 3.x is behind these functions,
// in dnnl_compat.cpp alone.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>

#include "ops/ops.h"

namespace sightline {

// One matrix product x W (+ b), an activation on it, and a residual added after that.
struct MatmulSpec {
  dnnl::memory::desc x;        // (M, K)
  dnnl::memory::desc weights;  // (K, N); format_tag::any to ask for the best layout
  dnnl::memory::desc bias;     // (1, N), where has_bias
  dnnl::memory::desc y;        // (M, N)
  bool has_bias = false;
  Activation activation = Activation::none;
  bool has_residual = false;  // a tensor like y, given as residual_argument(spec)
};

// The scratchpad is the caller's. Throws dnnl::error.
dnnl::matmul::primitive_desc make_matmul_desc(const dnnl::engine& engine, const MatmulSpec& spec);

// The execution argument that takes the residual: the post-operation's number depends on whether
// an activation stands before it.
int residual_argument(const MatmulSpec& spec);

// One convolution.
struct PlainConvolutionSpec {
  dnnl::memory::desc x;        // dims (B, K, H, W), as oneDNN orders them whatever the layout
  dnnl::memory::desc weights;  // dims (N, K, R, R); format_tag::any to ask for the best layout
  dnnl::memory::desc y;        // dims (B, N, H', W')
  int64_t stride = 1;
  int64_t padding = 0;
};

// The scratchpad is the caller's. Throws dnnl::error.
dnnl::convolution_forward::primitive_desc make_convolution_desc(const dnnl::engine& engine,
                                                                const PlainConvolutionSpec& spec);

// Throws sightline::Error for what oneDNN reported: unsupported where it has no implementation,
// internal otherwise. `what` names the operation.
[[noreturn]] void throw_dnnl_error(const dnnl::error& error, const std::string& what);

}  // namespace sightline
