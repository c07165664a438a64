#include "models/timm/vitamin.h"

#include <algorithm>
#include <utility>

#include "models/tensor_sizes.h"

namespace sightline {
namespace {

constexpr float kEps = 1e-6f;

// A convolution of stride 2 with padding 1 and a window of 3, or of 1 without padding.
int64_t halved(int64_t side) {
  return (side + 1) / 2;
}

// A depthwise convolution of stride 2 whose results are the sums of 3 x 3 pixels.
Convolution window_sum(WeightBuilder& weights, const std::string& name, int64_t channels) {
  if (!weights.loads()) return nullptr;
  ConvolutionSpec spec;
  spec.weight = Tensor({channels, 1, 3, 3}, DType::f32);
  std::fill_n(spec.weight.data<float>(), spec.weight.count(), 1.f);
  spec.stride = 2;
  spec.padding = 1;
  spec.depthwise = true;
  return weights.computed_convolution(name, spec);
}

Tensor full(Shape shape, float value) {
  Tensor tensor(std::move(shape), DType::f32);
  std::fill_n(tensor.data<float>(), tensor.count(), value);
  return tensor;
}

}  // namespace

VitaminTower::VitaminTower(WeightBuilder& weights, const VitaminConfig& config)
    : heads_(config.heads) {
  const std::string trunk = kTimmTrunk, backbone = trunk + "patch_embed.backbone.";
  int64_t in = config.stem_width, side = halved(config.settings.image_size);
  elements_ = side * side * std::max(in, config.stages[0].hidden);
  stem1_ = weights.convolution(backbone + "stem.conv1", "", in, 3, 3, 2, 1, true);
  stem_norm_ = LayerNorm(weights, backbone + "stem.norm1", in, kEps);
  stem2_ = weights.convolution(backbone + "stem.conv2", "", in, in, 3, 1, 1, true);
  for (size_t s = 0; s < config.stages.size(); ++s) {
    const VitaminConfig::Stage& stage = config.stages[s];
    side = halved(side);
    for (int64_t i = 0; i < stage.blocks; ++i) {
      const std::string name =
          backbone + "stages." + std::to_string(s) + "." + std::to_string(i);
      bottlenecks_.push_back(make_bottleneck(weights, name, in, stage, i == 0));
      in = stage.width;
    }
  }
  patch_norm_ = LayerNorm(weights, backbone + "pool.norm", in, kEps);
  patch_ = weights.convolution(backbone + "pool.proj", "", config.width, in, 3, 2, 1, true);
  side = halved(side);
  if (config.positions) {
    const Tensor table =
        weights.host_parameter(trunk + "pos_embed", {1, side * side, config.width});
    if (weights.loads()) {
      positions_ = weights.computed_parameter(trunk + "pos_embed",
                                              table.reshape({side * side, config.width}));
    }
  }
  for (int64_t i = 0; i < config.layers; ++i)
    layers_.push_back(make_layer(weights, trunk + "blocks." + std::to_string(i), config));
  norm_ = LayerNorm(weights, trunk + "fc_norm", config.width, kEps);
  head_ = TimmHead(weights, config.settings, config.width);
}

VitaminTower::Bottleneck VitaminTower::make_bottleneck(WeightBuilder& weights,
                                                       const std::string& name, int64_t in,
                                                       const VitaminConfig::Stage& stage,
                                                       bool first) {
  Bottleneck block;
  block.halves = first;
  if (first) {
    block.pool = window_sum(weights, name + ".shortcut.pool", in);
    if (stage.expand)
      block.shortcut = pointwise(weights, name + ".shortcut.expand", stage.width, in);
  }
  block.norm = LayerNorm(weights, name + ".pre_norm", in, kEps);
  block.expand = pointwise(weights, name + ".conv1_1x1", stage.hidden, in);
  block.depthwise = weights.depthwise_convolution(name + ".conv2_kxk", "", stage.hidden, 3,
                                                  first ? 2 : 1, 1, true);
  block.project = pointwise(weights, name + ".conv3_1x1", stage.width, stage.hidden);
  return block;
}

VitaminTower::Layer VitaminTower::make_layer(WeightBuilder& weights, const std::string& name,
                                             const VitaminConfig& config) {
  const int64_t width = config.width;
  Layer layer;
  layer.norm1 = LayerNorm(weights, name + ".norm1", width, kEps);
  layer.qkv = weights.linear(name + ".attn.qkv", 3 * width, width);
  layer.out = weights.linear(name + ".attn.proj", width, width);
  layer.norm2 = LayerNorm(weights, name + ".norm2", width, kEps);
  layer.mlp_norm = LayerNorm(weights, name + ".mlp.norm", width, kEps);
  layer.gate = weights.linear(name + ".mlp.w0", config.mlp, width);
  layer.up = weights.linear(name + ".mlp.w1", config.mlp, width);
  layer.down = weights.linear(name + ".mlp.w2", width, config.mlp);
  return layer;
}

// The mean of the pixels of each window that are inside of the image.
// nn.AvgPool2d(kernel_size=3, stride=2, padding=1, count_include_pad=False)
Tensor VitaminTower::average(Ops& ops, const Tensor& x, const Convolution& sum) {
  const Tensor sums = ops.convolution(x, sum, Activation::none, {});
  const int64_t channels = x.dim(3);
  // Row 3 * a + b: the factor of a window with a + 1 lines and b + 1 columns inside.
  Tensor factors({9, channels}, DType::f32);
  for (int64_t i = 0; i < factors.count(); ++i) {
    const int64_t row = i / channels;
    factors.data<float>()[i] = 1.f / static_cast<float>((row / 3 + 1) * (row % 3 + 1));
  }
  const auto inside = [](int64_t position, int64_t side) {
    return std::min(2 * position + 2, side) - std::max<int64_t>(2 * position - 1, 0);
  };
  std::vector<int32_t> rows;
  for (int64_t b = 0; b < sums.dim(0); ++b) {
    for (int64_t i = 0; i < sums.dim(1); ++i) {
      for (int64_t j = 0; j < sums.dim(2); ++j) {
        rows.push_back(
            static_cast<int32_t>(3 * (inside(i, x.dim(1)) - 1) + inside(j, x.dim(2)) - 1));
      }
    }
  }
  return ops.multiply(sums, ops.gather_rows(ops.from_host(factors), rows).reshape(sums.shape()));
}

Tensor VitaminTower::run_bottleneck(Ops& ops, const Tensor& x, const Bottleneck& block) {
  // shortcut = self.shortcut(x)
  Tensor shortcut = block.halves ? average(ops, x, block.pool) : x;
  if (block.shortcut != nullptr)
    shortcut = ops.linear(shortcut, block.shortcut, Activation::none, {});
  // x = self.pre_norm(x); x = self.conv1_1x1(x); x = self.act1(x)
  Tensor y = block.norm(ops, x, OutputType::compute);
  y = ops.linear(y, block.expand, Activation::gelu, {}, OutputType::compute);
  // x = self.conv2_kxk(x); x = self.act2(x)
  y = ops.convolution(y, block.depthwise, Activation::gelu, {});
  // x = self.conv3_1x1(x); x = self.drop_path(x) + shortcut
  return ops.linear(y, block.project, Activation::none, shortcut);
}

Tensor VitaminTower::run_layer(Ops& ops, Tensor x, const Layer& layer) const {
  // x = x + self.drop_path1(self.ls1(self.attn(self.norm1(x))))
  const Tensor qkv = ops.linear(layer.norm1(ops, x, OutputType::compute), layer.qkv,
                                Activation::none, {}, OutputType::compute);
  x = ops.linear(ops.attention(qkv, heads_, false), layer.out, Activation::none, x);
  // x = self.norm(self.norm2(x)); x = self.act(self.w0(x)) * self.w1(x); x = self.w2(x)
  const Tensor normal = layer.mlp_norm(ops, layer.norm2(ops, x), OutputType::compute);
  const Tensor gate = ops.linear(normal, layer.gate, Activation::gelu, {}, OutputType::compute);
  const Tensor up = ops.linear(normal, layer.up, Activation::none, {}, OutputType::compute);
  return ops.linear(ops.multiply(gate, up), layer.down, Activation::none, x);
}

Tensor VitaminTower::stem(Ops& ops, const Tensor& pixels) const {
  // x = self.conv1(x); x = self.norm1(x), with GELU; x = self.conv2(x)
  Tensor x = ops.convolution(ops.nchw_to_nhwc(pixels), stem1_, Activation::none, {});
  x = stem_norm_(ops, x, OutputType::compute);
  x = ops.multiply(x, ops.from_host(full({x.dim(0), x.dim(3)}, 1.f)), Activation::gelu);
  return ops.convolution(x, stem2_, Activation::none, {});
}

Tensor VitaminTower::patches(Ops& ops, const Tensor& pixels) const {
  return ops.in_chunks(pixels, elements_, [&](const Tensor& some) {
    // x = self.stem(x); x = self.stages(x); x = self.pool(x)
    Tensor x = stem(ops, some);
    for (const Bottleneck& block : bottlenecks_) x = run_bottleneck(ops, x, block);
    return ops.convolution(patch_norm_(ops, x, OutputType::compute), patch_, Activation::none, {});
  });
}

Tensor VitaminTower::encode(Ops& ops, const Tensor& pixels) const {
  // x = self.patch_embed(x); x = self._pos_embed(x)
  Tensor x = patches(ops, pixels);
  x = x.reshape({x.dim(0), x.dim(1) * x.dim(2), x.dim(3)});
  if (positions_.defined()) x = ops.add_class_and_positions(x, {}, positions_);
  // x = self.blocks(x)
  for (const Layer& layer : layers_) x = run_layer(ops, std::move(x), layer);
  // x = self.pool(x); x = self.fc_norm(x); x = self.head(x)
  return head_(ops, norm_(ops, ops.mean_pool(x)));
}

namespace {

bool matches(const ConfigSection& vision) {
  return is_timm_model(vision, "vitamin_");
}

VitaminConfig read_config(const ConfigSection& vision, const TowerContext& context) {
  VitaminConfig config;
  config.settings = read_timm_settings(
      vision, context,
      {"vitamin_small_224", "vitamin_base_224", "vitamin_large_224", "vitamin_large_256",
       "vitamin_large_336", "vitamin_large_384", "vitamin_large2_224", "vitamin_large2_256",
       "vitamin_large2_336", "vitamin_large2_384", "vitamin_xlarge_256", "vitamin_xlarge_336",
       "vitamin_xlarge_384"});
  const TensorSizes sizes(context.checkpoint);
  const std::string trunk = kTimmTrunk, backbone = trunk + "patch_embed.backbone.";
  config.stem_width = sizes.extent(backbone + "stem.conv1.weight", 4, 0);
  for (size_t s = 0; s < config.stages.size(); ++s) {
    const std::string name = backbone + "stages." + std::to_string(s) + ".";
    VitaminConfig::Stage& stage = config.stages[s];
    stage.width = sizes.extent(name + "0.conv3_1x1.weight", 4, 0);
    stage.hidden = sizes.extent(name + "0.conv3_1x1.weight", 4, 1);
    stage.blocks = sizes.count(name);
    stage.expand = context.checkpoint.find(name + "0.shortcut.expand.weight") != nullptr;
  }
  config.width = sizes.extent(backbone + "pool.proj.weight", 4, 0);
  config.layers = sizes.count(trunk + "blocks.");
  config.mlp = sizes.extent(trunk + "blocks.0.mlp.w0.weight", 2, 0);
  config.positions = context.checkpoint.find(trunk + "pos_embed") != nullptr;
  constexpr int64_t kHeadWidth = 64;
  const bool xlarge = config.settings.model.starts_with("vitamin_xlarge");
  config.heads = xlarge ? 16 : std::max<int64_t>(1, config.width / kHeadWidth);
  if (config.width % config.heads != 0)
    sizes.fail("a width of " + std::to_string(config.width) + " does not divide into " +
               std::to_string(config.heads) + " heads");
  return config;
}

// Widths and depths are those of the tensors.
ImageTowerSpec read(const ConfigSection& vision, const TowerContext& context) {
  const VitaminConfig config = read_config(vision, context);
  ImageTowerSpec spec;
  spec.image_size = config.settings.image_size;
  spec.build = [config](WeightBuilder& weights) {
    return std::make_unique<VitaminTower>(weights, config);
  };
  return spec;
}

}  // namespace

ImageTowerKind vitamin_kind() {
  return {"ViTamin", matches, read};
}

}  // namespace sightline
