#include "explain/masks.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace sightline {
namespace {

constexpr int kCoarse = 7;          // cells per side of a random mask, as in the RISE paper
constexpr double kKept = 0.5;       // probability that one is kept, as in the paper
constexpr int kGrid = kCoarse + 1;  // one more, because the grid is shifted by up to a cell

// A uniform number in [0, 1). std::uniform_real_distribution differs between standard libraries.
double uniform(std::mt19937_64& random) {
  return static_cast<double>(random() >> 11) * 0x1p-53;
}

size_t offset_of(int row, int column, int columns) {
  return static_cast<size_t>(row) * static_cast<size_t>(columns) + static_cast<size_t>(column);
}

// Position of a pixel between the points of the coarse grid.
struct Between {
  int first = 0;
  float weight = 0;  // of the next point
};

std::vector<Between> positions(int side, double shift) {
  std::vector<Between> out(static_cast<size_t>(side));
  for (int i = 0; i < side; ++i) {
    const double at = (i + 0.5) / side * (kCoarse - 1) + shift;
    const int first = std::clamp(static_cast<int>(at), 0, kGrid - 2);
    out[static_cast<size_t>(i)] = {first, static_cast<float>(at - first)};
  }
  return out;
}

}  // namespace

int cell_begin(int i, int cells, int side) {
  return static_cast<int>(int64_t{i} * side / cells);
}

Masks::Masks(const ExplainOptions& options, int side)
    : method_(options.method),
      side_(side),
      cells_(options.cells),
      window_(options.window),
      seed_(options.seed) {
  const int64_t positions_per_axis = int64_t{cells_} + window_ - 1;
  count_ = method_ == MaskMethod::rise ? options.masks : positions_per_axis * positions_per_axis;
}

void Masks::draw(int64_t i, std::span<float> kept) const {
  if (method_ == MaskMethod::rise) {
    draw_random(i, kept);
  } else {
    draw_window(i, kept);
  }
}

// Windows also stand partly outside the image, so that every cell is hidden by equally many.
void Masks::draw_window(int64_t i, std::span<float> kept) const {
  const int per_axis = cells_ + window_ - 1;
  const int row = static_cast<int>(i / per_axis) - window_ + 1;
  const int column = static_cast<int>(i % per_axis) - window_ + 1;
  const auto begin = [&](int cell) { return cell_begin(std::max(cell, 0), cells_, side_); };
  const auto end = [&](int cell) {
    return cell_begin(std::min(cell + window_, cells_), cells_, side_);
  };
  std::ranges::fill(kept, 1.0f);
  for (int y = begin(row); y < end(row); ++y) {
    for (int x = begin(column); x < end(column); ++x) kept[offset_of(y, x, side_)] = 0;
  }
}

// A random grid, shifted by a random part of a cell and interpolated.
void Masks::draw_random(int64_t i, std::span<float> kept) const {
  std::seed_seq seeds = {static_cast<uint32_t>(seed_), static_cast<uint32_t>(seed_ >> 32),
                         static_cast<uint32_t>(i), static_cast<uint32_t>(i >> 32)};
  std::mt19937_64 random(seeds);
  float grid[kGrid * kGrid];
  for (float& value : grid) value = uniform(random) < kKept ? 1.0f : 0.0f;
  const double down = uniform(random), right = uniform(random);
  const std::vector<Between> rows = positions(side_, down);
  const std::vector<Between> columns = positions(side_, right);
  for (int y = 0; y < side_; ++y) {
    const Between& r = rows[static_cast<size_t>(y)];
    for (int x = 0; x < side_; ++x) {
      const Between& c = columns[static_cast<size_t>(x)];
      const float* upper = grid + offset_of(r.first, c.first, kGrid);
      const float* lower = upper + kGrid;
      const float above = upper[0] + c.weight * (upper[1] - upper[0]);
      const float below = lower[0] + c.weight * (lower[1] - lower[0]);
      kept[offset_of(y, x, side_)] = above + r.weight * (below - above);
    }
  }
}

std::vector<float> cell_means(std::span<const float> kept, int side, int cells) {
  std::vector<float> means;
  means.reserve(static_cast<size_t>(cells) * static_cast<size_t>(cells));
  for (int row = 0; row < cells; ++row) {
    const int top = cell_begin(row, cells, side), bottom = cell_begin(row + 1, cells, side);
    for (int column = 0; column < cells; ++column) {
      const int left = cell_begin(column, cells, side), right = cell_begin(column + 1, cells, side);
      double sum = 0;
      for (int y = top; y < bottom; ++y) {
        for (int x = left; x < right; ++x) sum += static_cast<double>(kept[offset_of(y, x, side)]);
      }
      means.push_back(static_cast<float>(sum / ((bottom - top) * (right - left))));
    }
  }
  return means;
}

}  // namespace sightline
