#include "explain/heat_map.h"

#include <sightline/error.h>

#include <algorithm>
#include <numeric>

#include "explain/masks.h"

namespace sightline {
namespace {

void require(int64_t value, int64_t least, int64_t most, const char* name) {
  if (value < least || value > most) {
    throw Error(ErrorCode::invalid_argument, name, " of an explanation is ", value, "; expected ",
                least, " to ", most);
  }
}

// The fall of the similarity, averaged over the masks by how much of the cell they hide.
std::vector<float> mean_falls(const std::vector<std::vector<float>>& kept,
                              const std::vector<double>& similarities, double whole) {
  std::vector<double> sums(kept[0].size()), weights(kept[0].size());
  for (size_t m = 0; m < kept.size(); ++m) {
    for (size_t c = 0; c < sums.size(); ++c) {
      const double hidden = 1 - static_cast<double>(kept[m][c]);
      sums[c] += hidden * (whole - similarities[m]);
      weights[c] += hidden;
    }
  }
  std::vector<float> out(sums.size());
  for (size_t c = 0; c < out.size(); ++c)
    out[c] = weights[c] > 0 ? static_cast<float>(sums[c] / weights[c]) : 0.0f;
  return out;
}

// The slope of the similarity in how much of the cell is kept: RISE's weighted mean without its
// constant part, and in units of similarity.
std::vector<float> slopes(const std::vector<std::vector<float>>& kept,
                          const std::vector<double>& similarities) {
  const auto count = static_cast<double>(kept.size());
  const double mean = std::accumulate(similarities.begin(), similarities.end(), 0.0) / count;
  std::vector<float> out(kept[0].size());
  for (size_t c = 0; c < out.size(); ++c) {
    double cell_mean = 0, covariance = 0, variance = 0;
    for (const auto& mask : kept) cell_mean += static_cast<double>(mask[c]) / count;
    for (size_t m = 0; m < kept.size(); ++m) {
      const double deviation = static_cast<double>(kept[m][c]) - cell_mean;
      covariance += deviation * (similarities[m] - mean);
      variance += deviation * deviation;
    }
    out[c] = variance > 0 ? static_cast<float>(covariance / variance) : 0.0f;
  }
  return out;
}

}  // namespace

int default_cells(const ModelInfo& model) {
  if (model.patch_size <= 0) return model.image_size < 160 ? 8 : 14;
  int cells = std::max(1, model.image_size / model.patch_size);
  while (cells > 16) cells = (cells + 1) / 2;
  while (cells < 7) cells *= 2;
  return cells;
}

ExplainOptions complete_options(const ExplainOptions& options, const ModelInfo& model) {
  ExplainOptions out = options;
  if (out.cells == 0) out.cells = std::min(default_cells(model), std::max(2, model.image_size));
  require(out.cells, 2, std::min(64, model.image_size), "the number of cells");
  if (out.window == 0) out.window = std::max(1, (3 * out.cells + 4) / 8);
  require(out.window, 1, out.cells, "the window");
  require(out.masks, 2, 1000000, "the number of masks");
  // A mask keeps a number for each cell, 256 MiB in all.
  constexpr int64_t kMostNumbers = 1 << 26;
  const int64_t most_masks = kMostNumbers / (int64_t{out.cells} * out.cells);
  if (out.method == MaskMethod::rise && out.masks > most_masks) {
    throw Error(ErrorCode::invalid_argument, out.masks, " masks of ", out.cells, " x ", out.cells,
                " cells need too much memory; expected at most ", most_masks, " masks");
  }
  require(out.batch_size, 1, 4096, "the batch size");
  return out;
}

HeatMap compute_heat_map(const MaskedEncoder& encoder, double similarity,
                         const ExplainOptions& options) {
  const Masks masks(options, encoder.side());
  std::vector<std::vector<float>> kept;
  const std::vector<double> similarities = encoder.similarities(
      masks.count(), [&](int64_t i, std::span<float> mask) { masks.draw(i, mask); },
      [&](int64_t, std::span<const float> mask) {
        kept.push_back(cell_means(mask, encoder.side(), options.cells));
      });
  HeatMap map{options.cells, options.cells, {}};
  map.values = options.method == MaskMethod::rise ? slopes(kept, similarities)
                                                  : mean_falls(kept, similarities, similarity);
  return map;
}

HeatMap heat_map(const Model& model, std::span<const float> pixels, std::span<const float> target,
                 const ExplainOptions& options) {
  const ExplainOptions complete = complete_options(options, model.info());
  const MaskedEncoder encoder(model, pixels, target, complete);
  return compute_heat_map(encoder, encoder.similarity(), complete);
}

}  // namespace sightline
