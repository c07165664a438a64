#include "backend/cpu/onednn/dnnl_compat.h"

#include <sightline/error.h>

#include <new>
#include <string>

namespace sightline {
namespace {

using dnnl::algorithm;

void append_activation(dnnl::post_ops& ops, algorithm kind, float alpha, float beta = 0.f) {
#if DNNL_VERSION_MAJOR >= 3
  ops.append_eltwise(kind, alpha, beta);
#else
  ops.append_eltwise(1.f, kind, alpha, beta);
#endif
}

void append_activation(dnnl::post_ops& ops, Activation activation) {
  switch (activation) {
    case Activation::none:
      break;
    case Activation::gelu:
      append_activation(ops, algorithm::eltwise_gelu_erf, 0.f);
      break;
    case Activation::gelu_tanh:
      append_activation(ops, algorithm::eltwise_gelu_tanh, 0.f);
      break;
    // swish with alpha is x * sigmoid(alpha x).
    case Activation::quick_gelu:
      append_activation(ops, algorithm::eltwise_swish, 1.702f);
      break;
    case Activation::silu:
      append_activation(ops, algorithm::eltwise_swish, 1.f);
      break;
    case Activation::relu:
      append_activation(ops, algorithm::eltwise_relu, 0.f);
      break;
    case Activation::relu6:
      append_activation(ops, algorithm::eltwise_clip, 0.f, 6.f);
      break;
  }
}

dnnl::primitive_attr with_user_scratchpad(const dnnl::post_ops& ops) {
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(ops);
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

dnnl::primitive_attr make_attributes(const MatmulSpec& spec) {
  dnnl::post_ops ops;
  append_activation(ops, spec.activation);
  if (spec.has_residual) ops.append_binary(algorithm::binary_add, spec.y);
  return with_user_scratchpad(ops);
}

}  // namespace

dnnl::matmul::primitive_desc make_matmul_desc(const dnnl::engine& engine, const MatmulSpec& spec) {
  using dnnl::matmul;
  const dnnl::primitive_attr attributes = make_attributes(spec);
#if DNNL_VERSION_MAJOR >= 3
  if (spec.has_bias) {
    return matmul::primitive_desc(engine, spec.x, spec.weights, spec.bias, spec.y, attributes);
  }
  return matmul::primitive_desc(engine, spec.x, spec.weights, spec.y, attributes);
#else
  const matmul::desc operation = spec.has_bias
                                     ? matmul::desc(spec.x, spec.weights, spec.bias, spec.y)
                                     : matmul::desc(spec.x, spec.weights, spec.y);
  return matmul::primitive_desc(operation, attributes, engine);
#endif
}

int residual_argument(const MatmulSpec& spec) {
  const int position = spec.activation == Activation::none ? 0 : 1;
  return DNNL_ARG_ATTR_MULTIPLE_POST_OP(position) | DNNL_ARG_SRC_1;
}

dnnl::convolution_forward::primitive_desc make_convolution_desc(const dnnl::engine& engine,
                                                                const PlainConvolutionSpec& spec) {
  using dnnl::convolution_forward;
  const dnnl::primitive_attr attributes = with_user_scratchpad({});
  const dnnl::memory::dims strides = {spec.stride, spec.stride};
  const dnnl::memory::dims padding = {spec.padding, spec.padding};
  constexpr auto kInference = dnnl::prop_kind::forward_inference;
  constexpr auto kDirect = algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return convolution_forward::primitive_desc(engine, kInference, kDirect, spec.x, spec.weights,
                                             spec.y, strides, padding, padding, attributes);
#else
  const auto operation = convolution_forward::desc(kInference, kDirect, spec.x, spec.weights,
                                                   spec.y, strides, padding, padding);
  return convolution_forward::primitive_desc(operation, attributes, engine);
#endif
}

void throw_dnnl_error(const dnnl::error& error, const std::string& what) {
  if (error.status == dnnl_out_of_memory) throw std::bad_alloc();
  const ErrorCode code =
      error.status == dnnl_unimplemented ? ErrorCode::unsupported : ErrorCode::internal;
  throw Error(code, "oneDNN failed in ", what, ": ", error.what());
}

}  // namespace sightline
