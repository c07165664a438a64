// The inner loops of a resize, in one table for each kind of processor. All give the same bytes.
#pragma once

#include <cstdint>
#include <span>

#include "image/pixels.h"
#include "image/resample.h"

namespace sightline::image {

constexpr int kPrecisionBits = 22;

// Inner loops may read this many bytes past the end of a row, never past the end of the image:
// rows without as many bytes after them are read from a copy.
constexpr size_t kSlack = 64;

struct PassPlan {
  const PixelView& in;
  const Weights& weights;
  const PackedWeights& packed;            // what the table's pack_x or pack_y made of `weights`
  int origin = 0;                         // input i of a run is column (or row) i - origin of `in`
  int first_row = 0;                      // horizontal: first input row
  int rows = 0;                           // horizontal: rows to make
  int first_column = 0;                   // vertical: first input column
  int columns = 0;                        // vertical: columns to make
  std::vector<uint8_t>* spare = nullptr;  // horizontal: room for copies of rows
};

struct Passes {
  const char* name;
  // Whether weights of this size can be multiplied exactly.
  bool (*fits)(const Weights& weights);
  void (*pack_x)(const Weights& weights, int channels, PackedWeights& packed);
  void (*pack_y)(const Weights& weights, PackedWeights& packed);
  // (rows, count of weights, channels): every row of the input resized along x.
  void (*horizontal)(const PassPlan& plan, uint8_t* out);
  // (count of weights, columns, channels): every column resized along y.
  void (*vertical)(const PassPlan& plan, uint8_t* out);
};

const Passes& portable_passes();
// Null where this build has none (other architectures) or the processor lacks the instructions.
const Passes* avx2_passes();
const Passes* avx512_passes();  // AVX-512 with VBMI and VNNI

// All that this processor can run, the fastest first; the portable ones are last.
std::span<const Passes* const> available_passes();

inline uint8_t round_and_clip(int32_t sum) {
  const int32_t value = sum >> kPrecisionBits;
  return static_cast<uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
}

// Whether every weight is in [-limit, limit).
bool weights_below(const Weights& weights, int32_t limit);

// Row `y` of `in`, or a copy of it in place `slot` of `spare` where less than kSlack bytes follow.
// `spare` must have slots * (row_bytes + kSlack) bytes.
const uint8_t* padded_row(const PixelView& in, int y, std::vector<uint8_t>& spare, size_t slot);

}  // namespace sightline::image
