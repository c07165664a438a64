#include "models/resnet.h"

#include <utility>

#include "models/image_classifier.h"

namespace sightline {

ResnetTower::ResnetTower(WeightBuilder& weights, const ResnetConfig& config)
    : stages_(config.image_size, config.channels[0] * ResnetConfig::kExpansion) {
  stem_ = weights.convolution("conv1", "bn1", config.stem_width, 3, 7, 2, 3);
  int64_t in = config.stem_width;
  for (size_t stage = 0; stage < config.layers.size(); ++stage) {
    const int64_t width = config.channels[stage];
    for (int64_t i = 0; i < config.layers[stage]; ++i) {
      const std::string name = "layer" + std::to_string(stage + 1) + "." + std::to_string(i);
      blocks_.push_back(make_block(weights, name, in, width, stage > 0 && i == 0 ? 2 : 1));
      in = width * ResnetConfig::kExpansion;
    }
    if (stage == 1) stages_.wide_blocks = blocks_.size();
  }
  classifier_ = weights.linear("fc", config.classes, in, true, LayerPrecision::high);
}

ResnetTower::Block ResnetTower::make_block(WeightBuilder& weights, const std::string& name,
                                           int64_t in, int64_t width, int64_t stride) const {
  const int64_t out = width * ResnetConfig::kExpansion;
  Block block;
  block.conv1 = weights.convolution(name + ".conv1", name + ".bn1", width, in, 1, 1, 0);
  block.conv2 = weights.convolution(name + ".conv2", name + ".bn2", width, width, 3, stride, 1);
  block.conv3 = weights.convolution(name + ".conv3", name + ".bn3", out, width, 1, 1, 0);
  if (stride > 1 || in != out) {
    block.shortcut =
        weights.convolution(name + ".downsample.0", name + ".downsample.1", out, in, 1, stride, 0);
  }
  return block;
}

Tensor ResnetTower::run_block(Ops& ops, Tensor x, const Block& block) const {
  // out = self.relu(self.bn1(self.conv1(x))); out = self.relu(self.bn2(self.conv2(out)))
  Tensor y = ops.convolution(x, block.conv1, Activation::relu, {});
  y = ops.convolution(y, block.conv2, Activation::relu, {});
  // identity = self.downsample(x); out = self.bn3(self.conv3(out)); out += identity; out =
  // self.relu(out)
  Tensor identity =
      block.shortcut ? ops.convolution(x, block.shortcut, Activation::none, {}) : std::move(x);
  return ops.convolution(y, block.conv3, Activation::relu, std::move(identity));
}

Tensor ResnetTower::encode(Ops& ops, const Tensor& pixels) const {
  // x = self.relu(self.bn1(self.conv1(x))); x = self.maxpool(x)
  const auto stem = [&](const Tensor& some) {
    return ops.max_pool(ops.convolution(ops.nchw_to_nhwc(some), stem_, Activation::relu, {}), 3, 2,
                        1);
  };
  // x = self.avgpool(x); x = torch.flatten(x, 1); x = self.fc(x)
  const auto head = [&](const Tensor& x) {
    return ops.linear(ops.mean_pool(x), classifier_, Activation::none, {});
  };
  return stages_.run(
      ops, pixels, blocks_.size(), stem,
      [&](Tensor x, size_t i) { return run_block(ops, std::move(x), blocks_[i]); }, head);
}

namespace {

LoadedModel load(const ModelSource& source, Ops& ops, const ModelOptions& options) {
  return load_image_classifier<ResnetTower, ResnetConfig>(source, ops, options, Activation::relu);
}

}  // namespace

ModelFamily resnet_family() {
  return {"resnet", load};
}

}  // namespace sightline
