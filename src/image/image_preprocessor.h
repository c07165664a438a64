// From an image's bytes to a model's input, image after image, in memory that is kept.
#pragma once

#include <sightline/image.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "image/resample.h"

namespace sightline::image {

// (byte / 255 - mean) / std of every byte and channel, as normalize_pixels defines it.
class NormalizationTable {
 public:
  explicit NormalizationTable(const PreprocessSpec& spec);
  // (count, 3) bytes -> (3, count) f32.
  void apply(const uint8_t* rgb, size_t count, float* out) const;

 private:
  std::array<std::array<float, 256>, 3> normalization_;
};

// What preprocess_pixels and normalize_pixels do, for one thread at a time. What it needs between
// the bytes and the result (decoded pixels, the resized window, weights) stays for the next
// image, so that images no larger than those before allocate nothing but what libjpeg needs for
// itself. JPEG rows are decoded right into place. One object keeps the memory of the largest
// image that it saw, at most kMaxKeptBytes between two images.
class ImagePreprocessor {
 public:
  explicit ImagePreprocessor(const PreprocessSpec& spec, const ImageLimits& limits = {});

  // A file's bytes -> (3, S, S) f32 at `out`. Throws as decode_raster and preprocess_pixels.
  void prepare(std::span<const uint8_t> bytes, const std::string& name, float* out);

  // The steps of prepare. A decoded raster is good until the next call.
  const Raster& decode(std::span<const uint8_t> bytes, const std::string& name);
  // -> (S, S, 3) 8-bit at `out`. Throws as preprocess_pixels.
  void square(const Raster& raster, uint8_t* out);

  static constexpr size_t kMaxKeptBytes = size_t{64} << 20;

 private:
  struct Source;
  Source source_of(const Raster& raster, bool resized);
  const uint8_t* resize(const Source& source, int width, int height, const Window& window,
                        uint8_t* out);

  PreprocessSpec spec_;
  ImageLimits limits_;
  NormalizationTable normalization_;
  Resampler resampler_;
  Raster raster_;
  std::vector<uint8_t> converted_;  // the whole image in another mode
  std::vector<uint8_t> window_;     // what the crop keeps, resized
  std::vector<uint8_t> padded_;     // the square before it is RGB
  std::vector<uint8_t> square_;     // RGB
};

}  // namespace sightline::image
