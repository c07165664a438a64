#include "models/timm/swin.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "models/layer_norm.h"
#include "models/open_clip/config_keys.h"
#include "models/tensor_sizes.h"
#include "models/timm/relative_positions.h"
#include "models/timm/timm_model.h"

namespace sightline {
namespace {

constexpr float kEps = 1e-5f;
const std::string kTrunk = kTimmTrunk;

struct StageSizes {
  int64_t side = 0, width = 0, heads = 0, mlp = 0, window = 0, blocks = 0;
};
struct Sizes {
  int64_t patch = 0;
  std::vector<StageSizes> stages;
};

// get_attn_mask: whether two positions of a window are neighbours in the image, or come from
// opposite borders by the cyclic shift. bias (H, T, T) -> (windows, H, T, T)
Tensor with_mask(const Tensor& bias, const StageSizes& stage, int64_t shift) {
  const int64_t window = stage.window, each = window * window, grid = stage.side / window;
  const auto region = [&](int64_t i) {
    return i < stage.side - window ? 0 : i < stage.side - shift ? 1 : 2;
  };
  Tensor masked({grid * grid, bias.dim(0), each, each}, DType::f32);
  float* to = masked.data<float>();
  std::vector<int> regions(static_cast<size_t>(each));
  for (int64_t w = 0; w < grid * grid; ++w) {
    for (int64_t t = 0; t < each; ++t) {
      regions[static_cast<size_t>(t)] =
          3 * region(w / grid * window + t / window) + region(w % grid * window + t % window);
    }
    const float* from = bias.data<float>();
    for (int64_t i = 0; i < bias.count(); ++i) {
      const int q = regions[static_cast<size_t>(i / each % each)];
      *to++ = *from++ + (q == regions[static_cast<size_t>(i % each)] ? 0.f : -100.f);
    }
  }
  return masked;
}

// torch.roll by -shift and window_partition: the row of x for each position of each window.
std::vector<int32_t> window_rows(int64_t batch, const StageSizes& stage, int64_t shift) {
  const int64_t side = stage.side, window = stage.window, grid = side / window;
  std::vector<int32_t> rows;
  rows.reserve(static_cast<size_t>(batch * side * side));
  for (int64_t w = 0; w < batch * grid * grid; ++w) {
    const int64_t image = w / (grid * grid), top = w / grid % grid * window,
                  left = w % grid * window;
    for (int64_t t = 0; t < window * window; ++t) {
      const int64_t y = (top + t / window + shift) % side, x = (left + t % window + shift) % side;
      rows.push_back(static_cast<int32_t>((image * side + y) * side + x));
    }
  }
  return rows;
}

std::vector<int32_t> inverse(const std::vector<int32_t>& rows) {
  std::vector<int32_t> places(rows.size());
  for (size_t i = 0; i < rows.size(); ++i)
    places[static_cast<size_t>(rows[i])] = static_cast<int32_t>(i);
  return places;
}

// x.reshape(B, H // 2, 2, W // 2, 2, C).permute(0, 1, 3, 4, 2, 5): four rows for each new one.
std::vector<int32_t> merged_rows(int64_t batch, int64_t side) {
  std::vector<int32_t> rows;
  for (int64_t y = 0; y < batch * side; y += 2) {
    for (int64_t x = 0; x < side; x += 2) {
      for (const int64_t row :
           {y * side + x, (y + 1) * side + x, y * side + x + 1, (y + 1) * side + x + 1})
        rows.push_back(static_cast<int32_t>(row));
    }
  }
  return rows;
}

// Offsets of sequences of equal length.
std::vector<int32_t> even_offsets(int64_t sequences, int64_t each) {
  std::vector<int32_t> offsets;
  for (int64_t i = 0; i <= sequences; ++i) offsets.push_back(static_cast<int32_t>(i * each));
  return offsets;
}

class SwinTower : public ImageTower {
 public:
  SwinTower(WeightBuilder& weights, const Sizes& sizes, const TimmSettings& settings)
      : patch_size_(sizes.patch) {
    const int64_t width = sizes.stages[0].width, patch = sizes.patch;
    patch_ = weights.flattened_linear(kTrunk + "patch_embed.proj", {width, 3, patch, patch}, true);
    patch_norm_ = LayerNorm(weights, kTrunk + "patch_embed.norm", width, kEps);
    for (size_t i = 0; i < sizes.stages.size(); ++i) {
      const std::string name = kTrunk + "layers." + std::to_string(i);
      Stage stage{sizes.stages[i], {}, {}, {}};
      if (i > 0) {
        const int64_t in = 4 * sizes.stages[i - 1].width;
        stage.merge_norm = LayerNorm(weights, name + ".downsample.norm", in, kEps);
        stage.merge = weights.linear(name + ".downsample.reduction", stage.sizes.width, in, false);
      }
      for (int64_t b = 0; b < stage.sizes.blocks; ++b) {
        stage.blocks.push_back(
            make_block(weights, name + ".blocks." + std::to_string(b), stage.sizes, b % 2 == 1));
      }
      stages_.push_back(std::move(stage));
    }
    const int64_t last = sizes.stages.back().width;
    norm_ = LayerNorm(weights, kTrunk + "norm", last, kEps);
    head_ = TimmHead(weights, settings, last);
  }

  Tensor encode(Ops& ops, const Tensor& pixels) const override { return consume(ops, pixels); }
  Tensor consume(Ops& ops, Tensor pixels) const override {
    const int64_t batch = pixels.dim(0);
    // x = self.patch_embed(x)
    Tensor x = patch_norm_(ops, ops.patch_embed(std::move(pixels), patch_, patch_size_));
    // Rows of all images from here, because windows are sequences of rows.
    std::vector<int32_t> all(static_cast<size_t>(batch * x.dim(1)));
    std::iota(all.begin(), all.end(), 0);
    x = ops.gather_rows(x, all);
    // x = self.layers(x)
    for (const Stage& stage : stages_) x = run_stage(ops, std::move(x), stage, batch);
    // x = self.norm(x); x = self.head(x)
    const int64_t side = stages_.back().sizes.side;
    x = ops.mean_pool(norm_(ops, x), even_offsets(batch, side * side));
    return head_(ops, x);
  }

 private:
  struct Block {
    LayerNorm norm1, norm2;
    Linear qkv, out, fc1, fc2;
    Tensor bias;  // (1, H, T, T), of shifted windows (windows, H, T, T)
    int64_t shift = 0;
  };
  struct Stage {
    StageSizes sizes;
    LayerNorm merge_norm;
    Linear merge;  // null: the first stage
    std::vector<Block> blocks;
  };

  static Block make_block(WeightBuilder& weights, const std::string& name, const StageSizes& stage,
                          bool shifted) {
    const int64_t width = stage.width;
    Block block;
    block.shift = shifted && stage.side > stage.window ? stage.window / 2 : 0;
    block.norm1 = LayerNorm(weights, name + ".norm1", width, kEps);
    const int64_t distances = 2 * stage.window - 1;
    const Tensor table = weights.host_parameter(name + ".attn.relative_position_bias_table",
                                                {distances * distances, stage.heads});
    if (weights.loads()) {
      const Tensor bias = relative_position_bias(table, stage.window, 0);
      block.bias = weights.constant(block.shift > 0
                                        ? with_mask(bias, stage, block.shift)
                                        : bias.reshape({1, bias.dim(0), bias.dim(1), bias.dim(2)}));
    }
    block.qkv = weights.linear(name + ".attn.qkv", 3 * width, width);
    block.out = weights.linear(name + ".attn.proj", width, width);
    block.norm2 = LayerNorm(weights, name + ".norm2", width, kEps);
    block.fc1 = weights.linear(name + ".mlp.fc1", stage.mlp, width);
    block.fc2 = weights.linear(name + ".mlp.fc2", width, stage.mlp);
    return block;
  }

  static Tensor run_stage(Ops& ops, Tensor x, const Stage& stage, int64_t batch) {
    const StageSizes& sizes = stage.sizes;
    if (stage.merge != nullptr) {
      // x = self.norm(x); x = self.reduction(x)
      x = ops.gather_rows(x, merged_rows(batch, 2 * sizes.side));
      x = x.reshape({x.dim(0) / 4, 4 * x.dim(1)});
      x = ops.linear(stage.merge_norm(ops, x, OutputType::compute), stage.merge, Activation::none,
                     {});
    }
    for (const Block& block : stage.blocks) x = run_block(ops, std::move(x), block, sizes, batch);
    return x;
  }

  static Tensor run_block(Ops& ops, Tensor x, const Block& block, const StageSizes& stage,
                          int64_t batch) {
    const std::vector<int32_t> rows = window_rows(batch, stage, block.shift);
    const int64_t each = stage.window * stage.window;
    const std::vector<int32_t> windows =
        even_offsets(static_cast<int64_t>(rows.size()) / each, each);
    // x = x + self._attn(self.norm1(x))
    Tensor y = ops.gather_rows(block.norm1(ops, x, OutputType::compute), rows);
    y = ops.linear(y, block.qkv, Activation::none, {}, OutputType::compute);
    const float scale =
        1.f / std::sqrt(static_cast<float>(stage.width) / static_cast<float>(stage.heads));
    y = ops.biased_attention(y, stage.heads, block.bias, scale, windows);
    x = ops.linear(ops.gather_rows(y, inverse(rows)), block.out, Activation::none, x);
    // x = x + self.mlp(self.norm2(x))
    y = ops.linear(block.norm2(ops, x, OutputType::compute), block.fc1, Activation::gelu, {},
                   OutputType::compute);
    return ops.linear(y, block.fc2, Activation::none, x);
  }

  int64_t patch_size_;
  Linear patch_;
  TimmHead head_;
  LayerNorm patch_norm_, norm_;
  std::vector<Stage> stages_;
};

bool matches(const ConfigSection& vision) {
  return is_timm_model(vision, "swin_");
}

StageSizes read_stage(const TensorSizes& tensors, int64_t index, int64_t side) {
  const std::string stage = kTrunk + "layers." + std::to_string(index) + ".";
  const std::string block = stage + "blocks.0.",
                    table = block + "attn.relative_position_bias_table";
  StageSizes sizes;
  sizes.side = side;
  sizes.width = tensors.extent(block + "norm1.weight", 1, 0);
  sizes.heads = tensors.extent(table, 2, 1);
  sizes.mlp = tensors.extent(block + "mlp.fc1.weight", 2, 0);
  sizes.blocks = tensors.count(stage + "blocks.");
  const int64_t distances =
      std::lround(std::sqrt(static_cast<double>(tensors.extent(table, 2, 0))));
  sizes.window = (distances + 1) / 2;
  if (sizes.width % sizes.heads != 0)
    tensors.fail("the heads of '" + stage + "' do not divide its width");
  if (side < 1 || side % sizes.window != 0) {
    tensors.fail("windows of " + std::to_string(sizes.window) + " patches do not divide the " +
                 std::to_string(side) + " patches of a side of '" + stage + "'");
  }
  return sizes;
}

// Elements of the biases of a stage's blocks, every other one of which is shifted and has a bias
// for each window.
int64_t bias_elements(const StageSizes& stage) {
  const int64_t each = stage.window * stage.window;
  const int64_t shifted = stage.side > stage.window ? stage.blocks / 2 : 0;
  return stage.heads * each * (shifted * stage.side * stage.side + (stage.blocks - shifted) * each);
}

ImageTowerSpec read(const ConfigSection& s, const TowerContext& context) {
  const TimmSettings settings =
      read_timm_settings(s, context,
                         {"swin_tiny_patch4_window7_224", "swin_small_patch4_window7_224",
                          "swin_base_patch4_window7_224", "swin_base_patch4_window12_384",
                          "swin_large_patch4_window7_224", "swin_large_patch4_window12_384"});
  const TensorSizes tensors(context.checkpoint);
  ImageTowerSpec spec;
  spec.image_size = settings.image_size;
  Sizes sizes;
  sizes.patch = spec.patch_size = tensors.extent(kTrunk + "patch_embed.proj.weight", 4, 2);

  // That many biases are no model's; a file of kilobytes could ask for gigabytes of them.
  constexpr int64_t kMostElements = 1 << 27;
  int64_t elements = 0;
  int64_t side = spec.image_size / sizes.patch;
  if (side > 256) s.fail("image_size", "at most 256 patches a side");
  for (int64_t i = 0; i < tensors.count(kTrunk + "layers."); ++i) {
    if (i > 0 && side % 2 != 0) s.fail("image_size", "a multiple of two patches in each stage");
    if (i > 0) side /= 2;
    const StageSizes stage = read_stage(tensors, i, side);
    elements += bias_elements(stage);
    if (elements > kMostElements) {
      tensors.fail("the biases of " + std::to_string(stage.heads) + " heads and windows of " +
                   std::to_string(stage.window) + " patches of 'layers." + std::to_string(i) +
                   "' are too large");
    }
    sizes.stages.push_back(stage);
  }
  spec.build = [sizes, settings](WeightBuilder& weights) {
    return std::make_unique<SwinTower>(weights, sizes, settings);
  };
  return spec;
}

}  // namespace

ImageTowerKind swin_kind() {
  return {"timm's Swin transformer", matches, read};
}

}  // namespace sightline
