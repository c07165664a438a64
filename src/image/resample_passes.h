// The two inner loops of resample(): portable, and with AVX2 where the processor has it.
#pragma once

#include <cstdint>

#include "image/pixels.h"
#include "image/resample.h"

namespace sightline::image {

constexpr int kPrecisionBits = 22;

// Output rows are `out_width` pixels; input row y of the pass is in.row(first_row + y).
struct PassPlan {
  const PixelView& in;
  const Weights& weights;
  int first_row = 0;     // horizontal: first input row;  vertical: unused
  int rows = 0;          // horizontal: rows to make;     vertical: rows to make
  int first_column = 0;  // vertical: first input column
  int columns = 0;       // vertical: columns to make
};

// (rows, count of weights, channels): every row of the input resized along x.
using HorizontalPass = void (*)(const PassPlan& plan, uint8_t* out);
// (count of weights, columns, channels): every column resized along y.
using VerticalPass = void (*)(const PassPlan& plan, uint8_t* out);

void horizontal_portable(const PassPlan& plan, uint8_t* out);
void vertical_portable(const PassPlan& plan, uint8_t* out);

struct Passes {
  HorizontalPass horizontal;
  VerticalPass vertical;
};
// The fastest passes for this processor and number of channels.
Passes choose_passes(int channels, const Weights& weights);

// AVX2, or null where this build has none (other architectures) or the processor lacks it.
Passes avx2_passes();

inline uint8_t round_and_clip(int32_t sum) {
  const int32_t value = sum >> kPrecisionBits;
  return static_cast<uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
}

}  // namespace sightline::image
