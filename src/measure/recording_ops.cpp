#include "measure/recording_ops.h"

#include <utility>

namespace sightline {

void RecordingOps::start() {
  work_ = {};
  recording_ = true;
}

PlainWork RecordingOps::stop() {
  recording_ = false;
  return std::exchange(work_, {});
}

Tensor RecordingOps::linear(const Tensor& x, const Linear& weights, Activation activation, const Tensor& residual,
                            Result result) {
  if (recording_) {
    work_.products.push_back({x.count() / x.dim(-1), weights->in_features, weights->out_features});
  }
  return inner_->linear(x, weights, activation, residual, result);
}

Tensor RecordingOps::convolution(const Tensor& x, const Convolution& weights, Activation activation,
                                 const Tensor& residual) {
  if (recording_) {
    work_.convolutions.push_back({x.dim(0), x.dim(1), x.dim(2), weights->in_channels, weights->out_channels,
                                  weights->kernel, weights->stride, weights->padding});
  }
  return inner_->convolution(x, weights, activation, residual);
}

Tensor RecordingOps::patch_embed(Tensor pixels, const Linear& patch, int64_t patch_size) {
  if (recording_) {
    const int64_t patches = (pixels.dim(2) / patch_size) * (pixels.dim(3) / patch_size);
    work_.products.push_back({pixels.dim(0) * patches, patch->in_features, patch->out_features});
  }
  return inner_->patch_embed(std::move(pixels), patch, patch_size);
}

}  // namespace sightline
