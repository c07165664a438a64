#include "models/naflex.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "base/parallel.h"

namespace sightline {
namespace {

// The weights of the table's positions along one axis, for one position of an image.
struct AxisWeights {
  int64_t first = 0;
  std::vector<float> weights;  // of first, first + 1, …; their sum is 1
};

// Linear interpolation of `from` positions to `to`; with antialiasing where that is fewer.
// Source: transformers modeling_siglip2.py, Siglip2VisionEmbeddings.resize_positional_embeddings
std::vector<AxisWeights> axis_weights(int64_t from, int64_t to) {
  const float scale = static_cast<float>(from) / static_cast<float>(to);
  const float support = std::max(scale, 1.0f);
  std::vector<AxisWeights> result(static_cast<size_t>(to));
  for (int64_t i = 0; i < to; ++i) {
    const float center = (static_cast<float>(i) + 0.5f) * scale - 0.5f;
    AxisWeights& axis = result[static_cast<size_t>(i)];
    float sum = 0;
    for (int64_t source = 0; source < from; ++source) {
      const float weight = 1 - std::abs(static_cast<float>(source) - center) / support;
      if (weight <= 0) continue;
      if (axis.weights.empty()) axis.first = source;
      axis.weights.push_back(weight);
      sum += weight;
    }
    for (float& weight : axis.weights) weight /= sum;
  }
  return result;
}

// table (side, side, width) -> out (grid.rows, grid.columns, width)
void resize_table(const float* table, int64_t side, int64_t width, const PatchGrid& grid,
                  float* out) {
  const auto rows = axis_weights(side, grid.rows), columns = axis_weights(side, grid.columns);
  parallel_for(grid.rows * grid.columns, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const AxisWeights& row = rows[static_cast<size_t>(i / grid.columns)];
      const AxisWeights& column = columns[static_cast<size_t>(i % grid.columns)];
      float* const to = out + i * width;
      std::fill_n(to, width, 0.0f);
      for (size_t y = 0; y < row.weights.size(); ++y) {
        for (size_t x = 0; x < column.weights.size(); ++x) {
          const int64_t position =
              (row.first + static_cast<int64_t>(y)) * side + column.first + static_cast<int64_t>(x);
          const float* const from = table + position * width;
          const float weight = row.weights[y] * column.weights[x];
          for (int64_t c = 0; c < width; ++c) to[c] += weight * from[c];
        }
      }
    }
  });
}

}  // namespace

NaflexTower::NaflexTower(WeightBuilder& weights, const VisionTransformerConfig& config)
    : patch_size_(config.patch_size), side_(config.image_size / config.patch_size) {
  const int64_t width = config.transformer.width;
  const std::string name = "vision_model.";
  patch_ = weights.linear(name + "embeddings.patch_embedding", width, 3 * patch_size_ * patch_size_,
                          true, LayerPrecision::high);
  positions_ =
      weights.parameter(name + "embeddings.position_embedding.weight", {side_ * side_, width});
  transformer_.emplace(
      weights, TransformerNames{name + "encoder.layers", name + "post_layernorm", name + "head"},
      config.transformer);
}

Tensor NaflexTower::encode(Ops& ops, const Tensor& pixels) const {
  if (pixels.rank() != 4 || pixels.dim(1) != 3 || pixels.dim(2) % patch_size_ != 0 ||
      pixels.dim(3) % patch_size_ != 0) {
    throw Error(ErrorCode::invalid_argument, "expected images whose sides are multiples of ",
                patch_size_, " pixels");
  }
  const Tensor host = ops.to_host(pixels);
  const PatchGrid grid{host.dim(2) / patch_size_, host.dim(3) / patch_size_};
  const std::vector<PatchGrid> grids(static_cast<size_t>(host.dim(0)), grid);
  return encode_patches(
      ops, pack_patches(host.data<float>(), host.count() / host.dim(0), grids, patch_size_));
}

Tensor NaflexTower::resized_positions(Ops& ops, const PackedPatches& images) const {
  const Tensor table = ops.to_host(positions_);
  const int64_t width = table.dim(1);
  Tensor result({images.offsets.back(), width}, DType::f32);
  float* const out = result.data<float>();
  std::map<PatchGrid, const float*> known;  // positions of a grid
  for (size_t b = 0; b < images.grids.size(); ++b) {
    float* const own = out + images.offsets[b] * width;
    const auto [found, added] = known.try_emplace(images.grids[b], own);
    if (added) {
      resize_table(table.data<float>(), side_, width, images.grids[b], own);
    } else {
      std::copy_n(found->second, (images.offsets[b + 1] - images.offsets[b]) * width, own);
    }
  }
  return result;
}

Tensor NaflexTower::encode_patches(Ops& ops, const PackedPatches& images) const {
  // patch_embeds = self.patch_embedding(pixel_values)
  // embeddings = patch_embeds + resized_positional_embeddings
  const Tensor positions = ops.from_host(resized_positions(ops, images));
  Tensor x = ops.linear(ops.from_host(images.patches), patch_, Activation::none, positions);
  // last_hidden_state = self.post_layernorm(self.encoder(embeddings, attention_mask))
  // pooler_output = self.head(last_hidden_state, attention_mask)
  return transformer_->encode(ops, std::move(x), images.offsets, OutputType::f32);
}

}  // namespace sightline
