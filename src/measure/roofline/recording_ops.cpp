#include "measure/roofline/recording_ops.h"

#include <utility>

namespace sightline {

void RecordingOps::start() {
  work_ = {};
  layers_.clear();
  recorded_.clear();
  recording_ = true;
}

RooflineWork RecordingOps::stop() {
  recording_ = false;
  return std::exchange(work_, {});
}

void RecordingOps::record(const void* weights, ProductShape product) {
  const auto layer = static_cast<int64_t>(layers_.size());
  product.layer = layers_.try_emplace(weights, layer).first->second;
  work_.products.push_back(product);
}

Tensor RecordingOps::linear(const Tensor& x, const Linear& weights, Activation activation,
                            const Tensor& residual, OutputType output) {
  if (recording_) {
    record(weights.get(), {x.count() / x.dim(-1), weights->in_features, weights->out_features});
  }
  return inner_->linear(x, weights, activation, residual, output);
}

Tensor RecordingOps::convolution(const Tensor& x, const Convolution& weights, Activation activation,
                                 Tensor residual) {
  if (recording_) {
    const auto [at, first] = recorded_.try_emplace(weights.get(), work_.convolutions.size());
    if (first) {
      work_.convolutions.push_back({x.dim(0), x.dim(1), x.dim(2), weights->in_channels,
                                    weights->out_channels, weights->kernel, weights->stride,
                                    weights->padding, weights->depthwise});
    } else {
      work_.convolutions[at->second].batch += x.dim(0);
    }
  }
  return inner_->convolution(x, weights, activation, std::move(residual));
}

Tensor RecordingOps::attention_pool_2d(const Tensor& q, const Tensor& x,
                                       const AttentionPool2d& weights) {
  // A lower bound: keys and values are projected once for each sequence.
  if (recording_) record(weights.get(), {q.dim(0), weights->channels, 2 * weights->channels});
  return inner_->attention_pool_2d(q, x, weights);
}

Tensor RecordingOps::patch_embed(Tensor pixels, const Linear& patch, int64_t patch_size) {
  if (recording_) {
    const int64_t patches = (pixels.dim(2) / patch_size) * (pixels.dim(3) / patch_size);
    record(patch.get(), {pixels.dim(0) * patches, patch->in_features, patch->out_features});
  }
  return inner_->patch_embed(std::move(pixels), patch, patch_size);
}

}  // namespace sightline
