// The kernels of a resize, selected at run time (base/cpu_dispatch.h). All variants compute the
// same bytes.
#pragma once

#include <cstdint>
#include <span>

#include "image/pixels.h"
#include "image/resample.h"
#include "image/resample_weights.h"

namespace sightline::image {

constexpr int kPrecisionBits = 22;

// Kernels may read this many bytes beyond the end of a row, but not beyond the end of the image: a
// row followed by fewer bytes is copied first (padded_row).
constexpr size_t kSlack = 64;

struct PassPlan {
  const PixelView& in;
  const Weights& weights;
  const PackedWeights& packed;  // `weights`, packed by the table's pack_x or pack_y
  int origin = 0;               // input i of a run is column (or row) i - origin of `in`
  int first_row = 0;            // horizontal: first input row
  int rows = 0;                 // horizontal: number of rows
  int first_column = 0;         // vertical: first input column
  int columns = 0;              // vertical: number of columns
  std::vector<uint8_t>* scratch = nullptr;  // horizontal: buffer for copies of rows
};

struct ResamplePasses {
  const char* name;
  // Whether the kernels compute exact sums with these weights.
  bool (*fits)(const Weights& weights);
  void (*pack_x)(const Weights& weights, int channels, PackedWeights& packed);
  void (*pack_y)(const Weights& weights, PackedWeights& packed);
  // Resizes rows along x. out: (rows, number of outputs, channels).
  void (*horizontal)(const PassPlan& plan, uint8_t* out);
  // Resizes columns along y. out: (number of outputs, columns, channels).
  void (*vertical)(const PassPlan& plan, uint8_t* out);
};

// The best variant that this processor runs.
const ResamplePasses& resample_passes();
// Every variant that this processor runs, best first.
std::span<const ResamplePasses* const> runnable_resample_passes();

// Each is in resample_passes_<instruction set>.cpp; null where that was built for another
// architecture.
const ResamplePasses* avx512_vbmi_resample_passes();
const ResamplePasses* avx2_resample_passes();
const ResamplePasses* i8mm_resample_passes();
const ResamplePasses* dotprod_resample_passes();
const ResamplePasses* neon_resample_passes();
const ResamplePasses* generic_resample_passes();

inline uint8_t round_and_clip(int32_t sum) {
  const int32_t value = sum >> kPrecisionBits;
  return static_cast<uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
}

// Returns whether every weight is in [-limit, limit).
bool weights_below(const Weights& weights, int32_t limit);

// Calls row(y, from, bytes, out) for each output row y of a vertical pass: `from` is its first
// input row at the first column, `out` its place, `bytes` the length of both.
template <class Row>
void for_each_output_row(const PassPlan& plan, uint8_t* out, const Row& row) {
  const auto channels = static_cast<size_t>(plan.in.channels);
  const size_t bytes = static_cast<size_t>(plan.columns) * channels;
  const size_t begin = static_cast<size_t>(plan.first_column) * channels;
  for (size_t y = 0; y < plan.weights.first.size(); ++y, out += bytes)
    row(y, plan.in.row(plan.weights.first[y] - plan.origin) + begin, bytes, out);
}

// Returns row `y` of `in`, or a copy of it in slot `slot` of `scratch` if fewer than kSlack bytes
// follow it. `scratch` must have at least (slot + 1) * (row_bytes + kSlack) bytes.
const uint8_t* padded_row(const PixelView& in, int y, std::vector<uint8_t>& scratch, size_t slot);

}  // namespace sightline::image
