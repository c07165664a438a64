#include "models/timm/convnext.h"

#include <utility>

#include "models/tensor_sizes.h"

namespace sightline {

ConvnextTower::ConvnextTower(WeightBuilder& weights, const ConvnextConfig& config)
    : patch_size_(config.patch_size), stages_(config.settings.image_size, config.stages[0].hidden) {
  const std::string trunk = kTimmTrunk;
  int64_t in = config.stages[0].width;
  patch_ = weights.flattened_linear(trunk + "stem.0", {in, 3, patch_size_, patch_size_}, true);
  stem_norm_ = LayerNorm(weights, trunk + "stem.1", in, config.eps);
  for (size_t s = 0; s < config.stages.size(); ++s) {
    const ConvnextConfig::Stage& stage = config.stages[s];
    const std::string name = trunk + "stages." + std::to_string(s) + ".";
    for (int64_t i = 0; i < stage.blocks; ++i) {
      Block block = make_block(weights, name + "blocks." + std::to_string(i), stage, config.eps);
      if (s > 0 && i == 0) {
        block.down_norm = LayerNorm(weights, name + "downsample.0", in, config.eps);
        block.down = weights.convolution(name + "downsample.1", "", stage.width, in, 2, 2, 0, true);
      }
      blocks_.push_back(std::move(block));
    }
    in = stage.width;
    if (s == 1) stages_.wide_blocks = blocks_.size();
  }
  head_norm_ = LayerNorm(weights, trunk + "head.norm", in, config.eps);
  head_ = TimmHead(weights, config.settings, in);
}

ConvnextTower::Block ConvnextTower::make_block(WeightBuilder& weights, const std::string& name,
                                               const ConvnextConfig::Stage& stage, float eps) {
  Block block;
  block.depthwise = weights.depthwise_convolution(name + ".conv_dw", "", stage.width, stage.kernel,
                                                  1, stage.kernel / 2, true);
  block.norm = LayerNorm(weights, name + ".norm", stage.width, eps);
  block.fc1 = weights.linear(name + ".mlp.fc1", stage.hidden, stage.width);
  block.fc2 = weights.scaled_linear(name + ".mlp.fc2", name + ".gamma", stage.width, stage.hidden);
  return block;
}

Tensor ConvnextTower::run_block(Ops& ops, Tensor x, const Block& block) {
  // x = self.downsample(x)
  if (block.down != nullptr) {
    x = ops.convolution(block.down_norm(ops, x, OutputType::compute), block.down, Activation::none,
                        {});
  }
  // x = self.conv_dw(x); x = self.norm(x)
  Tensor y = ops.convolution(x, block.depthwise, Activation::none, {});
  y = block.norm(ops, y, OutputType::compute);
  // x = self.mlp(x); x = x.mul(self.gamma); x = x + self.shortcut(shortcut)
  y = ops.linear(y, block.fc1, Activation::gelu, {}, OutputType::compute);
  return ops.linear(y, block.fc2, Activation::none, x);
}

Tensor ConvnextTower::stem(Ops& ops, const Tensor& pixels) const {
  // x = self.stem(x)
  const Tensor patches = ops.patch_embed(pixels, patch_, patch_size_);
  const Shape shape = {pixels.dim(0), pixels.dim(2) / patch_size_, pixels.dim(3) / patch_size_,
                       patches.dim(-1)};
  return stem_norm_(ops, patches.reshape(shape));
}

Tensor ConvnextTower::encode(Ops& ops, const Tensor& pixels) const {
  return stages_.run(
      ops, pixels, blocks_.size(), [&](const Tensor& some) { return stem(ops, some); },
      [&](Tensor x, size_t i) { return run_block(ops, std::move(x), blocks_[i]); },
      // x = self.global_pool(x); x = self.norm(x); x = self.head(x)
      [&](const Tensor& x) { return head_(ops, head_norm_(ops, ops.mean_pool(x))); });
}

namespace {

bool matches(const ConfigSection& vision) {
  return is_timm_model(vision, "convnext_");
}

// The side of a block's window.
int64_t window_side(const TensorSizes& sizes, const std::string& name) {
  constexpr int64_t kMaxKernel = 63;  // a larger one is a mistake or an attack
  const int64_t side = sizes.extent(name, 4, 2);
  if (side % 2 == 0 || side > kMaxKernel) {
    sizes.fail("tensor '" + name + "' has windows of " + std::to_string(side) +
               " pixels a side, expected an odd number of at most " + std::to_string(kMaxKernel));
  }
  return side;
}

// Each stage but the first halves the sides.
void check_image_size(const ConfigSection& vision, const ConvnextConfig& config) {
  int64_t side = config.settings.image_size / config.patch_size;
  for (size_t s = 1; s < config.stages.size(); ++s) side /= 2;
  if (side < 1) {
    vision.fail("image_size", "at least a pixel in the last of " +
                                  std::to_string(config.stages.size()) + " stages");
  }
}

// Widths and depths are those of the tensors.
ImageTowerSpec read(const ConfigSection& vision, const TowerContext& context) {
  ConvnextConfig config;
  config.settings = read_timm_settings(vision, context,
                                       {"convnext_tiny", "convnext_small", "convnext_base",
                                        "convnext_large", "convnext_xlarge", "convnext_xxlarge"});
  if (config.settings.model == "convnext_xxlarge") config.eps = 1e-5f;
  const TensorSizes sizes(context.checkpoint);
  const std::string trunk = kTimmTrunk;
  config.patch_size = sizes.extent(trunk + "stem.0.weight", 4, 2);
  for (int64_t s = 0; s < sizes.count(trunk + "stages."); ++s) {
    const std::string blocks = trunk + "stages." + std::to_string(s) + ".blocks.";
    ConvnextConfig::Stage stage;
    stage.width = sizes.extent(blocks + "0.conv_dw.weight", 4, 0);
    stage.kernel = window_side(sizes, blocks + "0.conv_dw.weight");
    stage.hidden = sizes.extent(blocks + "0.mlp.fc1.weight", 2, 0);
    stage.blocks = sizes.count(blocks);
    config.stages.push_back(stage);
  }
  check_image_size(vision, config);
  ImageTowerSpec spec;
  spec.image_size = config.settings.image_size;
  spec.build = [config](WeightBuilder& weights) {
    return std::make_unique<ConvnextTower>(weights, config);
  };
  return spec;
}

}  // namespace

ImageTowerKind convnext_kind() {
  return {"ConvNeXt", matches, read};
}

}  // namespace sightline
