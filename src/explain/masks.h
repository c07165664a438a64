// Masks that hide parts of a square image.
#pragma once

#include <sightline/explain.h>

#include <cstdint>
#include <span>
#include <vector>

namespace sightline {

// Returns the first pixel of cell i of `cells`, of `side` pixels; i == cells returns `side`.
int cell_begin(int i, int cells, int side);

// The masks of one map. Every mask is computed from its index alone.
class Masks {
 public:
  // `options` must be valid: cells and window are set.
  Masks(const ExplainOptions& options, int side);

  int64_t count() const { return count_; }

  // Writes how much of each pixel (side, side) mask i keeps: 1 all, 0 nothing.
  void draw(int64_t i, std::span<float> kept) const;

 private:
  void draw_window(int64_t i, std::span<float> kept) const;
  void draw_random(int64_t i, std::span<float> kept) const;

  MaskMethod method_;
  int side_, cells_, window_;
  uint64_t seed_;
  int64_t count_;
};

// Returns the mean of `kept` (side, side) over each of (cells, cells) cells.
std::vector<float> cell_means(std::span<const float> kept, int side, int cells);

}  // namespace sightline
