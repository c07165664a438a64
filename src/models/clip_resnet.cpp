#include "models/clip_resnet.h"

#include <sightline/error.h>

#include <utility>

namespace sightline {
namespace {

// Ratio of a block's output channels to its inner ones.
constexpr int64_t kExpansion = 4;
// Input pixels per output pixel: stride and pooling of the stem, strides of stages 2 to 4.
constexpr int64_t kReduction = 32;

void check(const ClipConfig& config) {
  const ModifiedResnetConfig& resnet = config.resnet.value();
  const int64_t channels = resnet.width * 8 * kExpansion;
  if (config.image_size < kReduction) {
    throw Error(ErrorCode::invalid_argument, "a ModifiedResNet takes images of at least ",
                kReduction, " pixels a side, the config has ", config.image_size);
  }
  if (resnet.width % 2 != 0 || resnet.heads < 1 || channels % resnet.heads != 0) {
    throw Error(ErrorCode::invalid_argument, "a ModifiedResNet of width ", resnet.width, " and ",
                resnet.heads, " heads: expected an even width, and heads that divide ", channels);
  }
}

}  // namespace

ClipResnetTower::ClipResnetTower(WeightBuilder& weights, const ClipConfig& config) {
  check(config);
  const ModifiedResnetConfig& resnet = *config.resnet;
  const int64_t half = resnet.width / 2;
  const std::string visual = "visual.";
  stages_ = ResnetStages(config.image_size, resnet.width * kExpansion);
  stem_[0] = weights.convolution(visual + "conv1", visual + "bn1", half, 3, 3, 2, 1);
  stem_[1] = weights.convolution(visual + "conv2", visual + "bn2", half, half, 3, 1, 1);
  stem_[2] = weights.convolution(visual + "conv3", visual + "bn3", resnet.width, half, 3, 1, 1);

  int64_t in = resnet.width;
  for (int64_t stage = 0; stage < 4; ++stage) {
    const int64_t width = resnet.width << stage;
    for (int64_t i = 0; i < resnet.layers[static_cast<size_t>(stage)]; ++i) {
      const std::string name =
          visual + "layer" + std::to_string(stage + 1) + "." + std::to_string(i);
      blocks_.push_back(make_block(weights, name, in, width, stage > 0 && i == 0 ? 2 : 1));
      in = width * kExpansion;
    }
    if (stage == 1) stages_.wide_blocks = blocks_.size();
  }

  const std::string name = visual + "attnpool";
  const int64_t side = config.image_size / kReduction;
  pool_.positions = weights.parameter(name + ".positional_embedding", {side * side + 1, in});
  pool_.query = weights.linear(name + ".q_proj", in, in);
  pool_.key_value = weights.attention_pool_2d(name, in, resnet.heads);
  pool_.out =
      weights.linear(name + ".c_proj", config.embedding_dim, in, true, LayerPrecision::high);
}

ClipResnetTower::Block ClipResnetTower::make_block(WeightBuilder& weights, const std::string& name,
                                                   int64_t in, int64_t width,
                                                   int64_t stride) const {
  const int64_t out = width * kExpansion;
  Block block;
  block.stride = stride;
  block.conv1 = weights.convolution(name + ".conv1", name + ".bn1", width, in, 1, 1, 0);
  block.conv2 = weights.convolution(name + ".conv2", name + ".bn2", width, width, 3, 1, 1);
  block.conv3 = weights.convolution(name + ".conv3", name + ".bn3", out, width, 1, 1, 0);
  if (stride > 1 || in != out) {
    block.shortcut =
        weights.convolution(name + ".downsample.0", name + ".downsample.1", out, in, 1, 1, 0);
  }
  return block;
}

Tensor ClipResnetTower::stem(Ops& ops, const Tensor& pixels) const {
  // x = self.relu1(self.bn1(self.conv1(x))), and so for 2 and 3; x = self.avgpool(x)
  Tensor x = ops.nchw_to_nhwc(pixels);
  for (const Convolution& convolution : stem_)
    x = ops.convolution(x, convolution, Activation::relu, {});
  return ops.average_pool(x, 2);
}

Tensor ClipResnetTower::run_block(Ops& ops, Tensor x, const Block& block) const {
  // out = self.relu1(self.bn1(self.conv1(x))); out = self.relu2(self.bn2(self.conv2(out)))
  Tensor y = ops.convolution(x, block.conv1, Activation::relu, {});
  y = ops.convolution(y, block.conv2, Activation::relu, {});
  // out = self.avgpool(out)
  if (block.stride > 1) y = ops.average_pool(y, block.stride);
  // identity = self.downsample(x): the pooling, then a convolution
  Tensor identity = std::move(x);
  if (block.shortcut) {
    if (block.stride > 1) identity = ops.average_pool(identity, block.stride);
    identity = ops.convolution(identity, block.shortcut, Activation::none, {});
  }
  // out = self.bn3(self.conv3(out)); out += identity; out = self.relu3(out)
  return ops.convolution(y, block.conv3, Activation::relu, std::move(identity));
}

Tensor ClipResnetTower::pool(Ops& ops, const Tensor& x) const {
  // x = torch.cat([x.mean(dim=0, keepdim=True), x], dim=0) + self.positional_embedding
  const Tensor rows = ops.add_class_and_positions(x, ops.mean_pool(x), pool_.positions);
  // x, _ = F.multi_head_attention_forward(query=x[:1], key=x, value=x, …)
  std::vector<int32_t> first;
  for (int64_t b = 0; b < rows.dim(0); ++b) first.push_back(static_cast<int32_t>(b * rows.dim(1)));
  const Tensor query = ops.linear(ops.gather_rows(rows, first), pool_.query, Activation::none, {});
  return ops.linear(ops.attention_pool_2d(query, rows, pool_.key_value), pool_.out,
                    Activation::none, {});
}

Tensor ClipResnetTower::encode(Ops& ops, const Tensor& pixels) const {
  // x = self.layer1(x) … x = self.layer4(x); x = self.attnpool(x)
  return stages_.run(
      ops, pixels, blocks_.size(), [&](const Tensor& some) { return stem(ops, some); },
      [&](Tensor x, size_t i) { return run_block(ops, std::move(x), blocks_[i]); },
      [&](const Tensor& x) { return pool(ops, x); });
}

}  // namespace sightline
