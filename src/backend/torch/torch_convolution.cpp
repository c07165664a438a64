// Convolution and pooling of the torch backend. Channels are last for the caller; libtorch sees the
// same memory as (B, C, H, W) in its channels-last format.
#include <sightline/error.h>

#include "backend/torch/torch_guard.h"
#include "backend/torch/torch_ops.h"

namespace sightline {
namespace {

class TorchConvolution : public ConvolutionWeights {
 public:
  at::Tensor weight, bias;  // (N, K, R, R); (N) or undefined
  at::Tensor gamma, beta, mean,
      variance;  // (N) or undefined; mean and variance are running statistics
  double eps = 0;
};

const TorchConvolution& as_torch(const Convolution& weights) {
  const auto* mine = dynamic_cast<const TorchConvolution*>(weights.get());
  if (mine == nullptr)
    throw Error(ErrorCode::internal, "convolution weights of another backend given to torch");
  return *mine;
}

// The weight of a new batch in the running statistics; PyTorch's default momentum.
constexpr double kMomentum = 0.1;

at::Tensor channels_first(const Tensor& x) {
  return torch_array(x).permute({0, 3, 1, 2});
}
Tensor back_to_last(const at::Tensor& x) {
  return wrap_torch(x.permute({0, 2, 3, 1}).contiguous());
}

void require_image(const Tensor& x, const char* operation) {
  if (x.rank() != 4)
    bad_shape(operation, "x is " + shape_text(x.shape()) + ", expected (B, H, W, C)");
}

}  // namespace

Convolution TorchOps::convolution_weights(const std::string& name, const std::string& norm_name,
                                          const ConvolutionSpec& spec) {
  const Tensor& w = spec.weight;
  if (w.rank() != 4 || w.dim(2) != w.dim(3) || (spec.depthwise && w.dim(1) != 1) ||
      spec.stride < 1 || spec.padding < 0 || spec.multiplier < 1 ||
      w.dim(0) % spec.multiplier != 0) {
    bad_shape("convolution_weights", "'" + name + "' is " + shape_text(w.shape()) + ", expected " +
                                         (spec.depthwise ? "(N, 1, R, R)" : "(N, K, R, R)"));
  }
  auto result = std::make_shared<TorchConvolution>();
  result->out_channels = w.dim(0);
  result->in_channels = spec.depthwise ? w.dim(0) / spec.multiplier : w.dim(1);
  result->kernel = w.dim(2);
  result->stride = spec.stride;
  result->padding = spec.padding;
  result->depthwise = spec.depthwise;
  result->multiplier = spec.multiplier;
  result->weight = add_parameter(name + ".weight", w);
  if (spec.bias.defined()) result->bias = add_parameter(name + ".bias", spec.bias);
  if (spec.norm.gamma.defined()) {
    result->gamma = add_parameter(norm_name + ".weight", spec.norm.gamma);
    result->beta = add_parameter(norm_name + ".bias", spec.norm.beta);
    result->mean = torch_array(from_host(spec.norm.mean));
    result->variance = torch_array(from_host(spec.norm.variance));
    result->eps = spec.norm.eps;
    buffers_.push_back({norm_name + ".running_mean", result->mean});
    buffers_.push_back({norm_name + ".running_var", result->variance});
  }
  return result;
}

Tensor TorchOps::nchw_to_nhwc(const Tensor& pixels) {
  if (pixels.rank() != 4)
    bad_shape("nchw_to_nhwc",
              "pixels are " + shape_text(pixels.shape()) + ", expected (B, K, H, W)");
  return guarded("nchw_to_nhwc", [&] { return back_to_last(torch_array(pixels)); });
}

Tensor TorchOps::convolution(const Tensor& x, const Convolution& weights, Activation activation,
                             Tensor residual) {
  require_image(x, "convolution");
  const TorchConvolution& w = as_torch(weights);
  if (x.dim(3) != w.in_channels || x.dim(1) + 2 * w.padding < w.kernel ||
      x.dim(2) + 2 * w.padding < w.kernel) {
    bad_shape("convolution", "x " + shape_text(x.shape()) + " does not fit weights of " +
                                 std::to_string(w.in_channels) + " input channels and side " +
                                 std::to_string(w.kernel));
  }
  return guarded("convolution", [&] {
    at::Tensor y = at::conv2d(channels_first(x), w.weight, w.bias, w.stride, w.padding, 1,
                              w.depthwise ? w.in_channels : 1);
    if (w.gamma.defined()) {
      y = at::batch_norm(y, w.gamma, w.beta, w.mean, w.variance, batch_statistics_, kMomentum,
                         w.eps, false);
    }
    if (residual.defined()) y = y + channels_first(residual);
    return back_to_last(torch_activation(std::move(y), activation));
  });
}

Tensor TorchOps::average_pool(const Tensor& x, int64_t side) {
  require_image(x, "average_pool");
  if (side < 1 || side > x.dim(1) || side > x.dim(2)) {
    bad_shape("average_pool",
              "windows of " + std::to_string(side) + " in x " + shape_text(x.shape()));
  }
  return guarded("average_pool",
                 [&] { return back_to_last(at::avg_pool2d(channels_first(x), side)); });
}

Tensor TorchOps::max_pool(const Tensor& x, int64_t side, int64_t stride, int64_t padding) {
  require_image(x, "max_pool");
  return guarded("max_pool", [&] {
    return back_to_last(at::max_pool2d(channels_first(x), side, stride, padding));
  });
}

}  // namespace sightline
