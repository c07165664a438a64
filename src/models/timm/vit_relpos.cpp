#include "models/timm/vit_relpos.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "models/layer_norm.h"
#include "models/open_clip/config_keys.h"
#include "models/tensor_sizes.h"
#include "models/timm/relative_positions.h"
#include "models/timm/timm_model.h"

namespace sightline {
namespace {

constexpr float kEps = 1e-6f;
constexpr std::string_view kModel = "vit_relpos_medium_patch16_cls_224";
const std::string kTrunk = kTimmTrunk;

struct Sizes {
  int64_t patch = 0, side = 0, width = 0, layers = 0, heads = 0, mlp = 0;
  int64_t hidden = 0;  // of the layers that compute the biases
};

// self.mlp(self.rel_coords_log): a row for each distance.
Tensor bias_table(const Tensor& weight1, const Tensor& bias1, const Tensor& weight2,
                  const Tensor& bias2, int64_t side) {
  const int64_t distances = 2 * side - 1, hidden = weight1.dim(0), heads = weight2.dim(0);
  const auto coordinate = [&](int64_t index) {
    const auto distance = static_cast<float>(index - (side - 1));
    return std::copysign(std::log(1.f + std::abs(distance)), distance);
  };
  Tensor table({distances * distances, heads}, DType::f32);
  std::vector<float> features(static_cast<size_t>(hidden));
  for (int64_t i = 0; i < distances * distances; ++i) {
    const float row = coordinate(i / distances), column = coordinate(i % distances);
    for (int64_t h = 0; h < hidden; ++h) {
      const float* const w = weight1.data<float>() + 2 * h;
      features[static_cast<size_t>(h)] =
          std::max(0.f, w[0] * row + w[1] * column + bias1.data<float>()[h]);
    }
    for (int64_t head = 0; head < heads; ++head) {
      double sum = bias2.data<float>()[head];
      for (int64_t h = 0; h < hidden; ++h)
        sum += static_cast<double>(weight2.data<float>()[head * hidden + h]) *
               static_cast<double>(features[static_cast<size_t>(h)]);
      table.data<float>()[i * heads + head] = static_cast<float>(sum);
    }
  }
  return table;
}

class RelativeTower : public ImageTower {
 public:
  RelativeTower(WeightBuilder& weights, const Sizes& sizes, const TimmSettings& settings)
      : sizes_(sizes) {
    const int64_t width = sizes.width, patch = sizes.patch;
    class_token_ = weights.parameter("vision_model.cls_token", {width});
    patch_ = weights.flattened_linear(kTrunk + "patch_embed.proj", {width, 3, patch, patch}, true);
    for (int64_t i = 0; i < sizes.layers; ++i)
      blocks_.push_back(make_block(weights, kTrunk + "blocks." + std::to_string(i)));
    // After the blocks, whose tensors show that the file has this width.
    if (weights.loads()) {
      Tensor zeros({1 + sizes.side * sizes.side, width}, DType::f32);
      std::fill_n(zeros.data<float>(), zeros.count(), 0.f);
      positions_ = weights.constant(zeros);
    }
    norm_ = LayerNorm(weights, kTrunk + "norm", width, kEps);
    head_ = TimmHead(weights, settings, width);
  }

  Tensor encode(Ops& ops, const Tensor& pixels) const override { return consume(ops, pixels); }
  Tensor consume(Ops& ops, Tensor pixels) const override {
    // x = self.patch_embed(x); x = torch.cat((self.cls_token.expand(…), x), dim=1)
    Tensor x = ops.patch_embed(std::move(pixels), patch_, sizes_.patch);
    x = ops.add_class_and_positions(x, class_token_, positions_);
    for (size_t i = 0; i < blocks_.size(); ++i)
      x = run_block(ops, std::move(x), blocks_[i], i + 1 == blocks_.size());
    // x = self.norm(x); x = x[:, 0]; x = self.head(x)
    return head_(ops, norm_(ops, x, OutputType::compute));
  }

 private:
  struct Block {
    LayerNorm norm1, norm2;
    Linear qkv, out, fc1, fc2;
    Tensor bias;  // (1, H, T, T)
  };

  Block make_block(WeightBuilder& weights, const std::string& name) const {
    const int64_t width = sizes_.width;
    Block block;
    block.norm1 = LayerNorm(weights, name + ".norm1", width, kEps);
    block.qkv = weights.linear(name + ".attn.qkv", 3 * width, width, false);
    block.bias = make_bias(weights, name + ".attn.rel_pos.mlp");
    block.out = weights.scaled_linear(name + ".attn.proj", name + ".ls1.gamma", width, width);
    block.norm2 = LayerNorm(weights, name + ".norm2", width, kEps);
    block.fc1 = weights.linear(name + ".mlp.fc1", sizes_.mlp, width);
    block.fc2 = weights.scaled_linear(name + ".mlp.fc2", name + ".ls2.gamma", width, sizes_.mlp);
    return block;
  }

  Tensor make_bias(WeightBuilder& weights, const std::string& name) const {
    const Tensor weight1 = weights.host_parameter(name + ".fc1.weight", {sizes_.hidden, 2});
    const Tensor bias1 = weights.host_parameter(name + ".fc1.bias", {sizes_.hidden});
    const Tensor weight2 =
        weights.host_parameter(name + ".fc2.weight", {sizes_.heads, sizes_.hidden});
    const Tensor bias2 = weights.host_parameter(name + ".fc2.bias", {sizes_.heads});
    if (!weights.loads()) return {};
    const Tensor bias = relative_position_bias(
        bias_table(weight1, bias1, weight2, bias2, sizes_.side), sizes_.side, 1);
    return weights.constant(bias.reshape({1, bias.dim(0), bias.dim(1), bias.dim(2)}));
  }

  // `only_first`: the class token alone goes on, (B, C).
  Tensor run_block(Ops& ops, Tensor x, const Block& block, bool only_first) const {
    // x = x + self.ls1(self.attn(self.norm1(x)))
    const Tensor qkv = ops.linear(block.norm1(ops, x, OutputType::compute), block.qkv,
                                  Activation::none, {}, OutputType::compute);
    const float scale =
        1.f / std::sqrt(static_cast<float>(sizes_.width) / static_cast<float>(sizes_.heads));
    Tensor mixed = ops.biased_attention(qkv, sizes_.heads, block.bias, scale);
    if (only_first) {
      std::vector<int32_t> rows;
      for (int64_t b = 0; b < x.dim(0); ++b) rows.push_back(static_cast<int32_t>(b * x.dim(1)));
      mixed = ops.gather_rows(mixed, rows);
      x = ops.gather_rows(x, rows);
    }
    x = ops.linear(mixed, block.out, Activation::none, x);
    // x = x + self.ls2(self.mlp(self.norm2(x)))
    const Tensor hidden = ops.linear(block.norm2(ops, x, OutputType::compute), block.fc1,
                                     Activation::gelu, {}, OutputType::compute);
    return ops.linear(hidden, block.fc2, Activation::none, x);
  }

  Sizes sizes_;
  Tensor class_token_, positions_;
  Linear patch_;
  TimmHead head_;
  std::vector<Block> blocks_;
  LayerNorm norm_;
};

bool matches(const ConfigSection& vision) {
  return is_timm_model(vision, kModel);
}

// The biases are computed, so that a file of kilobytes could ask for gigabytes of them.
void check_biases(const Sizes& sizes, const TensorSizes& tensors) {
  constexpr int64_t kMostElements = 1 << 27, kMostHidden = 2048;
  if (sizes.hidden > kMostHidden) {
    tensors.fail("the biases are computed from " + std::to_string(sizes.hidden) +
                 " hidden features, expected at most " + std::to_string(kMostHidden));
  }
  const int64_t positions = 1 + sizes.side * sizes.side;
  if (sizes.heads > kMostElements / (positions * positions * sizes.layers)) {
    tensors.fail("the biases of " + std::to_string(sizes.layers) + " layers of " +
                 std::to_string(sizes.heads) + " heads and " + std::to_string(positions) +
                 " positions are too large");
  }
}

ImageTowerSpec read(const ConfigSection& s, const TowerContext& context) {
  const TimmSettings settings = read_timm_settings(s, context, {kModel});
  // timm's default for this model, which it takes where OpenCLIP's key is empty: the class token.
  if (settings.projection == TimmProjection::classifier || !s.text("timm_pool", "avg").empty())
    s.fail("timm_pool", "'' with a projection for this model");
  const TensorSizes tensors(context.checkpoint);
  const std::string patch = kTrunk + "patch_embed.proj.weight", block = kTrunk + "blocks.0.";
  ImageTowerSpec spec;
  spec.image_size = settings.image_size;
  Sizes sizes;
  sizes.width = tensors.extent(patch, 4, 0);
  sizes.patch = spec.patch_size = tensors.extent(patch, 4, 2);
  sizes.layers = tensors.count(kTrunk + "blocks.");
  sizes.heads = tensors.extent(block + "attn.rel_pos.mlp.fc2.weight", 2, 0);
  sizes.hidden = tensors.extent(block + "attn.rel_pos.mlp.fc1.weight", 2, 0);
  sizes.mlp = tensors.extent(block + "mlp.fc1.weight", 2, 0);
  sizes.side = spec.image_size / sizes.patch;

  if (sizes.side < 1 || sizes.side > 64)
    s.fail("image_size", "1 to 64 times the patch size " + std::to_string(sizes.patch));
  if (sizes.width % sizes.heads != 0) tensors.fail("the heads do not divide the width");
  check_biases(sizes, tensors);
  spec.names = [](const std::string& name, const Shape& shape) -> FileTensor {
    return {kTrunk + name.substr(name.find('.') + 1), {1, 1, shape[0]}};  // the class token
  };
  spec.build = [sizes, settings](WeightBuilder& weights) {
    return std::make_unique<RelativeTower>(weights, sizes, settings);
  };
  return spec;
}

}  // namespace

ImageTowerKind vit_relpos_kind() {
  return {"timm's vision transformer with relative positions", matches, read};
}

}  // namespace sightline
