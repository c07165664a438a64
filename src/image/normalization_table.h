// Normalization of 8-bit pixels by a table.
#pragma once

#include <sightline/image.h>
#include <array>
#include <cstddef>
#include <cstdint>

namespace sightline::image {

// Lookup table of (x / 255 - mean) / std per byte x and channel, computed as by normalize_pixels.
class NormalizationTable {
 public:
  explicit NormalizationTable(const PreprocessSpec& spec);
  // rgb (count, 3) bytes -> out (3, count) f32.
  void apply(const uint8_t* rgb, size_t count, float* out) const;

 private:
  std::array<std::array<float, 256>, 3> normalization_;
};

}  // namespace sightline::image
