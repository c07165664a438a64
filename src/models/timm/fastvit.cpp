#include "models/timm/fastvit.h"

#include <utility>

#include "models/tensor_sizes.h"
#include "models/timm/branch_sum.h"

namespace sightline {
namespace {

constexpr int64_t kHeadWidth = 32;
// Of a window. A larger one is a mistake or an attack.
constexpr int64_t kMaxKernel = 63;

// MobileOneBlock: the convolutions conv_kxk, conv_scale and the batch norm identity. in: channels
// of the block's input.
BranchSum mobile_one(WeightBuilder& weights, const FastvitConfig& config, const std::string& name,
                     Shape shape) {
  const int64_t kernel = shape[2];
  BranchSum sum(weights, std::move(shape));
  if (config.has(name + ".reparam_conv.weight")) {
    sum.add_convolution(name + ".reparam_conv");
    return sum;
  }
  for (int i = 0;; ++i) {
    const std::string branch = name + ".conv_kxk." + std::to_string(i);
    if (!config.has(branch + ".conv.weight")) break;
    sum.add_normalized(branch, kernel);
  }
  if (config.has(name + ".conv_scale.conv.weight")) sum.add_normalized(name + ".conv_scale", 1);
  if (config.has(name + ".identity.weight")) sum.add_normalized_input(name + ".identity");
  return sum;
}

// ReparamLargeKernelConv
BranchSum large_kernel(WeightBuilder& weights, const FastvitConfig& config, const std::string& name,
                       Shape shape) {
  const int64_t kernel = shape[2];
  BranchSum sum(weights, std::move(shape));
  if (config.has(name + ".reparam_conv.weight")) {
    sum.add_convolution(name + ".reparam_conv");
    return sum;
  }
  sum.add_normalized(name + ".large_conv", kernel);
  const std::string small = name + ".small_conv";
  if (config.has(small + ".conv.weight"))
    sum.add_normalized(small, config.kernel(small + ".conv.weight", kernel));
  return sum;
}

// RepMixer: x + self.layer_scale(self.mixer(x) - self.norm(x))
BranchSum rep_mixer(WeightBuilder& weights, const FastvitConfig& config, const std::string& name,
                    int64_t width) {
  const bool folded = config.has(name + ".reparam_conv.weight");
  const int64_t kernel = config.kernel(
      name + (folded ? ".reparam_conv.weight" : ".mixer.conv_kxk.0.conv.weight"), kMaxKernel);
  const Shape shape = {width, 1, kernel, kernel};
  if (folded) {
    BranchSum sum(weights, shape);
    sum.add_convolution(name + ".reparam_conv");
    return sum;
  }
  BranchSum sum = mobile_one(weights, config, name + ".mixer", shape);
  sum.subtract(mobile_one(weights, config, name + ".norm", shape));
  sum.scale(name + ".layer_scale.gamma");
  sum.add_input();
  return sum;
}

// RepConditionalPosEnc: self.pos_enc(x) + x
Convolution positions(WeightBuilder& weights, const FastvitConfig& config, const std::string& name,
                      int64_t width) {
  const bool folded = config.has(name + ".reparam_conv.weight");
  const std::string convolution = name + (folded ? ".reparam_conv" : ".pos_enc");
  const int64_t kernel = config.kernel(convolution + ".weight", kMaxKernel);
  BranchSum sum(weights, {width, 1, kernel, kernel});
  sum.add_convolution(convolution);
  if (!folded) sum.add_input();
  return sum.convolution(name, 1, width);
}

}  // namespace

FastvitTower::FastvitTower(WeightBuilder& weights, const FastvitConfig& config)
    : stages_(config.settings.image_size, 4 * config.stages[0].width) {
  const std::string trunk = kTimmTrunk;
  int64_t in = config.stages[0].width;
  stem_[0] = mobile_one(weights, config, trunk + "stem.0", {in, 3, 3, 3})
                 .convolution(trunk + "stem.0", 2, 3);
  stem_[1] = mobile_one(weights, config, trunk + "stem.1", {in, 1, 3, 3})
                 .convolution(trunk + "stem.1", 2, in);
  stem_mix_ =
      mobile_one(weights, config, trunk + "stem.2", {in, in, 1, 1}).linear(trunk + "stem.2");
  for (size_t s = 0; s < config.stages.size(); ++s) {
    const FastvitConfig::Stage& stage = config.stages[s];
    const std::string name = trunk + "stages." + std::to_string(s);
    for (int64_t i = 0; i < stage.blocks; ++i) {
      Block block = make_block(weights, config, name + ".blocks." + std::to_string(i), stage);
      if (i == 0 && stage.down_kernel > 0) {
        const std::string down = name + ".downsample.proj.";
        block.down.convolution =
            large_kernel(weights, config, down + "0",
                         {stage.width, 1, stage.down_kernel, stage.down_kernel})
                .convolution(down + "0", 2, in);
        block.down.gate = make_gate(weights, config, down + "0.se", stage.width);
        block.down_mix = mobile_one(weights, config, down + "1", {stage.width, stage.width, 1, 1})
                             .linear(down + "1");
      }
      const std::string pos = name + ".pos_emb";
      if (i == 0 &&
          (config.has(pos + ".pos_enc.weight") || config.has(pos + ".reparam_conv.weight")))
        block.positions = positions(weights, config, pos, stage.width);
      blocks_.push_back(std::move(block));
    }
    in = stage.width;
    if (s == 1) stages_.wide_blocks = blocks_.size();
  }
  const std::string last = trunk + "final_conv";
  last_.convolution =
      mobile_one(weights, config, last, {config.features, 1, 3, 3}).convolution(last, 1, in);
  last_.gate = make_gate(weights, config, last + ".se", config.features);
  head_ = TimmHead(weights, config.settings, config.features);
}

FastvitTower::Block FastvitTower::make_block(WeightBuilder& weights, const FastvitConfig& config,
                                             const std::string& name,
                                             const FastvitConfig::Stage& stage) const {
  const int64_t width = stage.width;
  Block block;
  const std::string mixer = name + ".token_mixer";
  const bool attends = config.has(mixer + ".qkv.weight");
  if (attends) {
    add_attention(weights, config, name, width, block);
  } else {
    block.mixer = rep_mixer(weights, config, mixer, width).convolution(mixer, 1, width);
  }
  const int64_t kernel = config.kernel(name + ".mlp.conv.conv.weight", kMaxKernel);
  BranchSum convolution(weights, {width, 1, kernel, kernel});
  convolution.add_normalized(name + ".mlp.conv", kernel);
  block.mlp_convolution = convolution.convolution(name + ".mlp.conv", 1, width);
  block.fc1 = pointwise(weights, name + ".mlp.fc1", stage.hidden, width);
  block.fc2 = scaled_pointwise(weights, name + ".mlp.fc2",
                               name + (attends ? ".layer_scale_2.gamma" : ".layer_scale.gamma"),
                               width, stage.hidden);
  return block;
}

void FastvitTower::add_attention(WeightBuilder& weights, const FastvitConfig& config,
                                 const std::string& name, int64_t width, Block& block) const {
  const std::string mixer = name + ".token_mixer";
  block.heads = width / kHeadWidth;
  Tensor qkv = weights.host_parameter(mixer + ".qkv.weight", {3 * width, width});
  Tensor bias;
  if (config.has(name + ".norm.running_mean")) {
    fold_input_norm(weights, name + ".norm", width, qkv, bias);
  } else {
    block.norm = LayerNorm(weights, name + ".norm", width, 1e-5f);
  }
  block.qkv = weights.computed_linear(mixer + ".qkv", qkv, bias);
  const Tensor projection = weights.host_parameter(mixer + ".proj.weight", {width, width});
  const Tensor offset = weights.host_parameter(mixer + ".proj.bias", {width});
  const Tensor scale = weights.host_parameter(name + ".layer_scale_1.gamma", {width, 1, 1});
  if (!weights.loads()) return;
  block.projection = weights.computed_linear(mixer + ".proj", scaled_rows(projection, scale),
                                             scaled_rows(offset, scale));
}

FastvitTower::Gate FastvitTower::make_gate(WeightBuilder& weights, const FastvitConfig& config,
                                           const std::string& name, int64_t width) {
  Gate gate;
  if (!config.has(name + ".fc1.weight")) return gate;
  const int64_t reduced = config.extent(name + ".fc1.weight", 0);
  gate.fc1 = pointwise(weights, name + ".fc1", reduced, width);
  gate.fc2 = pointwise(weights, name + ".fc2", width, reduced);
  return gate;
}

Tensor FastvitTower::run(Ops& ops, const Tensor& x, const GatedConvolution& layer) {
  if (layer.gate.fc1 == nullptr) return ops.convolution(x, layer.convolution, Activation::gelu, {});
  const Tensor y = ops.convolution(x, layer.convolution, Activation::none, {});
  // x_se = x.mean((2, 3), keepdim=True); x_se = self.act(self.fc1(x_se)); x_se = self.fc2(x_se)
  Tensor gate = ops.linear(ops.mean_pool(y), layer.gate.fc1, Activation::relu, {});
  gate = ops.linear(gate, layer.gate.fc2, Activation::sigmoid, {});
  // out = x * self.gate(x_se); out = self.act(out)
  return ops.multiply(y, gate, Activation::gelu);
}

Tensor FastvitTower::run_block(Ops& ops, Tensor x, const Block& block) {
  // x = self.downsample(x); x = self.pos_emb(x)
  if (block.down.convolution != nullptr) {
    x = ops.linear(run(ops, x, block.down), block.down_mix, Activation::gelu, {},
                   OutputType::compute);
  }
  if (block.positions != nullptr) x = ops.convolution(x, block.positions, Activation::none, {});
  if (block.mixer != nullptr) {
    // x = self.token_mixer(x)
    x = ops.convolution(x, block.mixer, Activation::none, {});
  } else {
    // x = x + self.layer_scale_1(self.token_mixer(self.norm(x)))
    const Shape image = x.shape(), rows = {image[0], image[1] * image[2], image[3]};
    x = x.reshape(rows);
    const Tensor normal = block.norm ? (*block.norm)(ops, x, OutputType::compute) : x;
    const Tensor qkv = ops.linear(normal, block.qkv, Activation::none, {}, OutputType::compute);
    const Tensor mixed = ops.attention(qkv, block.heads, false);
    x = ops.linear(mixed, block.projection, Activation::none, x).reshape(image);
  }
  // x = x + self.layer_scale(self.mlp(x))
  Tensor y = ops.convolution(x, block.mlp_convolution, Activation::none, {});
  y = ops.linear(y, block.fc1, Activation::gelu, {}, OutputType::compute);
  return ops.linear(y, block.fc2, Activation::none, x,
                    block.mixer != nullptr ? OutputType::compute : OutputType::f32);
}

Tensor FastvitTower::stem(Ops& ops, const Tensor& pixels) const {
  Tensor x = ops.nchw_to_nhwc(pixels);
  for (const Convolution& convolution : stem_)
    x = ops.convolution(x, convolution, Activation::gelu, {});
  return ops.linear(x, stem_mix_, Activation::gelu, {}, OutputType::compute);
}

Tensor FastvitTower::encode(Ops& ops, const Tensor& pixels) const {
  return stages_.run(
      ops, pixels, blocks_.size(), [&](const Tensor& some) { return stem(ops, some); },
      [&](Tensor x, size_t i) { return run_block(ops, std::move(x), blocks_[i]); },
      // x = self.final_conv(x); x = self.head(x)
      [&](const Tensor& x) { return head_(ops, ops.mean_pool(run(ops, x, last_))); });
}

namespace {

bool matches(const ConfigSection& vision) {
  return is_timm_model(vision, "fastvit_");
}

// Widths, depths and kernels are those of the tensors.
FastvitConfig read_config(const ConfigSection& vision, const TowerContext& context) {
  FastvitConfig config;
  config.settings = read_timm_settings(
      vision, context,
      {"fastvit_mci0", "fastvit_mci1", "fastvit_mci2", "fastvit_mci3", "fastvit_mci4"});
  const TensorSizes sizes(context.checkpoint);
  config.has = [&checkpoint = context.checkpoint](const std::string& name) {
    return checkpoint.find(name) != nullptr;
  };
  config.extent = [sizes](const std::string& name, size_t axis) {
    return sizes.extent(name, 4, axis);
  };
  config.kernel = [sizes](const std::string& name, int64_t most) {
    const int64_t side = sizes.extent(name, 4, 2);
    if (side > most || side % 2 == 0 || sizes.extent(name, 4, 3) != side)
      sizes.fail("tensor '" + name + "' is no square window of at most " + std::to_string(most) +
                 " pixels with an odd side");
    return side;
  };
  const std::string trunk = kTimmTrunk;
  for (int64_t s = 0; s < sizes.count(trunk + "stages."); ++s) {
    const std::string name = trunk + "stages." + std::to_string(s);
    FastvitConfig::Stage stage;
    stage.hidden = config.extent(name + ".blocks.0.mlp.fc1.weight", 0);
    stage.width = config.extent(name + ".blocks.0.mlp.fc1.weight", 1);
    stage.blocks = sizes.count(name + ".blocks.");
    const std::string qkv = name + ".blocks.0.token_mixer.qkv.weight";
    if (config.has(qkv) && stage.width % kHeadWidth != 0) {
      sizes.fail("tensor '" + qkv + "' has " + std::to_string(stage.width) +
                 " inputs, expected a multiple of " + std::to_string(kHeadWidth));
    }
    for (const char* down : {".large_conv.conv.weight", ".reparam_conv.weight"}) {
      const std::string tensor = name + ".downsample.proj.0" + down;
      if (config.has(tensor)) stage.down_kernel = config.kernel(tensor, kMaxKernel);
    }
    config.stages.push_back(stage);
  }
  const std::string last = trunk + "final_conv.";
  const bool folded = config.has(last + "reparam_conv.weight");
  config.features =
      config.extent(last + (folded ? "reparam_conv.weight" : "conv_kxk.0.conv.weight"), 0);
  return config;
}

ImageTowerSpec read(const ConfigSection& vision, const TowerContext& context) {
  const FastvitConfig config = read_config(vision, context);
  ImageTowerSpec spec;
  spec.image_size = config.settings.image_size;
  spec.ignored = timm_buffers(context.checkpoint);
  spec.build = [config](WeightBuilder& weights) {
    return std::make_unique<FastvitTower>(weights, config);
  };
  return spec;
}

}  // namespace

ImageTowerKind fastvit_kind() {
  return {"FastViT", matches, read};
}

}  // namespace sightline
