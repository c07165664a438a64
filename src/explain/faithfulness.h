// Measures whether heat maps are faithful to the model. docs/explanations.md has the results.
#pragma once

#include <sightline/explain.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "explain/masked_encoder.h"

namespace sightline {

// Returns the cells of a map, the hottest first; equal cells in the order of the map.
std::vector<int> hottest_first(const HeatMap& map);
std::vector<int> random_order(int count, uint64_t seed);

// Returns the mean similarity while the cells (cells, cells) are hidden one after the other, from
// the whole image to none of it: the area under the deletion curve (Petsiuk 2018). Lower is more
// faithful.
double deletion_area(const MaskedEncoder& encoder, std::span<const int> order, int cells);

// Spearman's correlation of two maps of one size; NaN if all cells of one are equal.
double rank_correlation(const HeatMap& a, const HeatMap& b);

// Returns the pixels (3, S, S) of an image as the model receives them.
std::vector<float> model_pixels(const Image& image, const PreprocessSpec& spec);

// Returns an image of four images of one size: upper left, upper right, lower left, lower right.
Image four_in_one(std::span<const Image> images);
// Returns which of the four quarters has the centre of the hottest cell. A cell in the middle
// belongs to the lower or right quarter.
int hottest_quarter(const HeatMap& map);

// Copies a model directory with safetensors weights. In the copy, the elements of every tensor of
// floating-point numbers are in random order: what the model has learned is lost, but not the
// distribution of its weights. Throws invalid_argument without such weights, io.
void shuffle_weights(const std::filesystem::path& model, const std::filesystem::path& out,
                     uint64_t seed);

}  // namespace sightline
