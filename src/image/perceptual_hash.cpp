#include <sightline/image_properties.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

#include "image/convert.h"
#include "image/exif.h"
#include "image/pixels.h"
#include "image/raster_pixels.h"

namespace sightline {
namespace {

using namespace image;

constexpr int kCells = 32;           // in each direction
constexpr int kSamples = 4;          // of a cell, in each direction
constexpr int kFrequencies = 11;     // in each direction: u + v <= 10 for the 64 lowest pairs
constexpr int64_t kScale = 1 << 14;  // of the cosines

using Cells = std::array<int64_t, kCells * kCells>;

// Returns the centre of each sample along an axis.
std::vector<int> sample_positions(int size) {
  constexpr int kCount = kCells * kSamples;
  std::vector<int> positions(kCount);
  for (int i = 0; i < kCount; ++i) {
    positions[static_cast<size_t>(i)] =
        static_cast<int>((2 * int64_t{i} + 1) * size / (2 * int64_t{kCount}));
  }
  return positions;
}

template <size_t kBytes>
void copy_samples(const PixelView& in, uint8_t* out) {
  const std::vector<int> columns = sample_positions(in.width);
  for (const int y : sample_positions(in.height)) {
    const uint8_t* const row = in.row(y);
    for (const int x : columns) {
      std::memcpy(out, row + static_cast<size_t>(x) * kBytes, kBytes);
      out += kBytes;
    }
  }
}

// Returns a raster of one pixel for each sample, turned upright.
Raster sampled(const RasterView& raster) {
  const PixelView in = view(raster);
  Raster out;
  reset_raster(raster.mode, kCells * kSamples, kCells * kSamples, out);
  out.palette.assign(raster.palette.begin(), raster.palette.end());
  out.palette_has_alpha = raster.palette_has_alpha;
  out.orientation = raster.orientation;
  constexpr std::array kCopy = {copy_samples<1>, copy_samples<2>, copy_samples<3>, copy_samples<4>};
  kCopy.at(static_cast<size_t>(in.channels) - 1)(in, out.pixels.data());
  apply_orientation(out);
  return out;
}

// Returns the alpha of a pixel; 255 if the mode has none.
uint8_t alpha_of(const Raster& raster, const uint8_t* pixel) {
  switch (raster.mode) {
    case PixelMode::la:
    case PixelMode::pa:
      return pixel[1];
    case PixelMode::rgba:
      return pixel[3];
    case PixelMode::palette:
      return raster.palette_has_alpha ? raster.palette[size_t{*pixel} * 4 + 3] : 255;
    default:
      return 255;
  }
}

// Returns the luminance of each pixel (ITU-R BT.601), 0 to 255,000, on white.
std::vector<int> luminance(const Raster& raster) {
  const PixelView in = view(raster);
  const size_t count = static_cast<size_t>(in.width) * static_cast<size_t>(in.height);
  std::vector<uint8_t> rgb(3 * count);
  to_rgb(raster.mode, raster.palette, in.data, count, rgb.data());
  std::vector<int> values(count);
  for (size_t i = 0; i < count; ++i) {
    const uint8_t* const pixel = in.data + i * static_cast<size_t>(in.channels);
    const int opaque = 299 * rgb[3 * i] + 587 * rgb[3 * i + 1] + 114 * rgb[3 * i + 2];
    if (raster.mode == PixelMode::i16) {  // to_rgb clips it
      values[i] = 1000 * pixel[1];
      continue;
    }
    const int alpha = alpha_of(raster, pixel);
    values[i] = alpha == 255 ? opaque : (opaque * alpha + 255'000 * (255 - alpha)) / 255;
  }
  return values;
}

// Returns the sum of the samples of each cell.
Cells sum_cells(const std::vector<int>& samples) {
  Cells cells{};
  constexpr int kWidth = kCells * kSamples;
  for (int y = 0; y < kWidth; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      cells[static_cast<size_t>(y / kSamples * kCells + x / kSamples)] +=
          samples[static_cast<size_t>(y * kWidth + x)];
    }
  }
  return cells;
}

// cosine[u][x] of the discrete cosine transform, DCT-II, rounded to multiples of 1 / kScale.
using Cosines = std::array<std::array<int64_t, kCells>, kFrequencies>;
const Cosines& cosines() {
  static const Cosines table = [] {
    Cosines out{};
    for (int u = 0; u < kFrequencies; ++u) {
      for (int x = 0; x < kCells; ++x) {
        out[static_cast<size_t>(u)][static_cast<size_t>(x)] =
            std::llround(static_cast<double>(kScale) *
                         std::cos(std::numbers::pi * (2 * x + 1) * u / (2 * kCells)));
      }
    }
    return out;
  }();
  return table;
}

// Returns the coefficient of each pair of frequencies with u + v <= 10 except (0, 0), by rising u +
// v: the first 64 of these 65.
std::array<int64_t, 64> coefficients(const Cells& cells) {
  const Cosines& cosine = cosines();
  std::array<std::array<int64_t, kCells>, kFrequencies> along_x{};  // [u][y]
  for (size_t u = 0; u < kFrequencies; ++u) {
    for (size_t y = 0; y < kCells; ++y) {
      for (size_t x = 0; x < kCells; ++x) along_x[u][y] += cosine[u][x] * cells[y * kCells + x];
    }
  }
  std::array<int64_t, 64> out{};
  size_t next = 0;
  for (size_t sum = 1; next < out.size(); ++sum) {
    for (size_t u = 0; u <= sum && next < out.size(); ++u, ++next) {
      const size_t v = sum - u;
      for (size_t y = 0; y < kCells; ++y) {
        out[next] += cosine[v][y] * (along_x[u][y] / kScale);
      }
    }
  }
  return out;
}

}  // namespace

uint64_t perceptual_hash(const Raster& raster) {
  return perceptual_hash(RasterView(raster));
}

uint64_t perceptual_hash(const RasterView& raster) {
  check_raster(raster);
  const std::array<int64_t, 64> values = coefficients(sum_cells(luminance(sampled(raster))));
  std::array<int64_t, 64> sorted = values;
  std::ranges::nth_element(sorted, sorted.begin() + 31);
  const int64_t median = sorted[31];
  uint64_t hash = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    hash |= uint64_t{values[i] > median} << i;
  }
  return hash;
}

}  // namespace sightline
