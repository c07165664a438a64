#include "models/mobilenet_v2.h"

#include <utility>

#include "models/image_classifier.h"

namespace sightline {

MobilenetV2Tower::MobilenetV2Tower(WeightBuilder& weights, const MobilenetV2Config& config) {
  using Config = MobilenetV2Config;
  stem_ = weights.convolution("conv_stem", "bn1", config.stem_width, 3, 3, 2, 1);
  int64_t in = config.stem_width;
  for (size_t stage = 0; stage < Config::kStages; ++stage) {
    for (int64_t i = 0; i < Config::kBlocks[stage]; ++i) {
      const std::string name = "blocks." + std::to_string(stage) + "." + std::to_string(i);
      const int64_t stride = i == 0 ? Config::kStrides[stage] : 1;
      blocks_.push_back(
          make_block(weights, name, in, config.channels[stage], stride, /*expands=*/stage > 0));
      in = config.channels[stage];
      // The third stage's first block widens images of a quarter of the side, the later ones those
      // of an eighth.
      if (stage == 2 && i == 0) wide_blocks_ = blocks_.size();
    }
  }
  head_ = weights.convolution("conv_head", "bn2", config.head_width, in, 1, 1, 0);
  classifier_ =
      weights.linear("classifier", config.classes, config.head_width, true, LayerPrecision::high);
  elements_ = config.image_size * config.image_size / 4 * config.channels[0] * Config::kExpansion;
}

MobilenetV2Tower::Block MobilenetV2Tower::make_block(WeightBuilder& weights,
                                                     const std::string& name, int64_t in,
                                                     int64_t out, int64_t stride, bool expands) {
  Block block;
  if (!expands) {  // timm's DepthwiseSeparableConv
    block.depthwise =
        weights.depthwise_convolution(name + ".conv_dw", name + ".bn1", in, 3, stride, 1);
    block.project = weights.convolution(name + ".conv_pw", name + ".bn2", out, in, 1, 1, 0);
  } else {
    const int64_t inner = in * MobilenetV2Config::kExpansion;
    block.expand = weights.convolution(name + ".conv_pw", name + ".bn1", inner, in, 1, 1, 0);
    block.depthwise =
        weights.depthwise_convolution(name + ".conv_dw", name + ".bn2", inner, 3, stride, 1);
    block.project = weights.convolution(name + ".conv_pwl", name + ".bn3", out, inner, 1, 1, 0);
  }
  block.residual = stride == 1 && in == out;
  return block;
}

Tensor MobilenetV2Tower::run_block(Ops& ops, Tensor x, const Block& block) {
  // x + self.conv(x) if self.use_res_connect else self.conv(x)
  Tensor y = block.expand ? ops.convolution(x, block.expand, Activation::relu6, {}) : x;
  y = ops.convolution(y, block.depthwise, Activation::relu6, {});
  return ops.convolution(y, block.project, Activation::none,
                         block.residual ? std::move(x) : Tensor());
}

Tensor MobilenetV2Tower::encode(Ops& ops, const Tensor& pixels) const {
  // x = self.features(x)
  const auto wide = [&](const Tensor& some) {
    Tensor x = ops.convolution(ops.nchw_to_nhwc(some), stem_, Activation::relu6, {});
    for (size_t i = 0; i < wide_blocks_; ++i) x = run_block(ops, std::move(x), blocks_[i]);
    return x;
  };
  // The first blocks run on small chunks, whose large tensors fit into the caches; later ones on
  // larger chunks, which share the reading of weights.
  return ops.in_chunks(pixels, elements_ / 8, [&](const Tensor& some) {
    Tensor x = ops.in_chunks(some, elements_, wide);
    for (size_t i = wide_blocks_; i < blocks_.size(); ++i)
      x = run_block(ops, std::move(x), blocks_[i]);
    x = ops.convolution(x, head_, Activation::relu6, {});
    // x = nn.functional.adaptive_avg_pool2d(x, (1, 1)); x = torch.flatten(x, 1); x =
    // self.classifier(x)
    return ops.linear(ops.mean_pool(x), classifier_, Activation::none, {});
  });
}

namespace {

LoadedModel load(const ModelSource& source, Ops& ops, const ModelOptions& options) {
  return load_image_classifier<MobilenetV2Tower, MobilenetV2Config>(source, ops, options,
                                                                    Activation::relu6);
}

}  // namespace

ModelFamily mobilenet_v2_family() {
  return {"mobilenet_v2", load};
}

}  // namespace sightline
