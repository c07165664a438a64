#include "measure/synthetic_photo.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "image/write_jpeg.h"

namespace sightline {
namespace {

// Value noise of one frequency, -1 to 1: random values on a grid, with smoothstep interpolation.
class Noise {
 public:
  Noise(int width, int height, int cell, uint64_t seed)
      : columns_(width / cell + 2),
        cell_(cell),
        corners_(static_cast<size_t>(columns_) * (height / cell + 2)) {
    uint64_t state = seed;
    for (float& corner : corners_) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      corner = static_cast<float>(state >> 40) * 0x1p-23f - 1.f;
    }
  }
  float at(int x, int y) const {
    const int column = x / cell_, row = y / cell_;
    const float fx = smooth(x % cell_), fy = smooth(y % cell_);
    const float* const c = corners_.data() + static_cast<size_t>(row) * columns_ + column;
    const float top = c[0] + fx * (c[1] - c[0]);
    const float bottom = c[columns_] + fx * (c[columns_ + 1] - c[columns_]);
    return top + fy * (bottom - top);
  }

 private:
  float smooth(int offset) const {
    const float t = static_cast<float>(offset) / static_cast<float>(cell_);
    return t * t * (3.f - 2.f * t);
  }
  int columns_, cell_;
  std::vector<float> corners_;
};

// Octaves of noise whose amplitude halves with the cell: the 1/f spectrum of photographs.
std::vector<float> octaves(int width, int height, uint64_t seed, float fine) {
  std::vector<float> plane(static_cast<size_t>(width) * height);
  float amplitude = 90.f;
  for (int cell = 256; cell >= 1; cell /= 2) {
    const Noise noise(width, height, cell, seed * 64 + static_cast<uint64_t>(cell));
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x)
        plane[static_cast<size_t>(y) * width + x] += amplitude * noise.at(x, y);
    }
    amplitude *= fine;
  }
  return plane;
}

}  // namespace

std::string synthetic_photo(int width, int height, uint64_t seed) {
  // A luminance plane and two colour planes with less energy at high frequencies.
  const auto light = octaves(width, height, 3 * seed + 1, 0.8f);
  const auto warm = octaves(width, height, 3 * seed + 2, 0.5f);
  const auto green = octaves(width, height, 3 * seed + 3, 0.5f);
  Image image{width, height, std::vector<uint8_t>(static_cast<size_t>(width) * height * 3)};
  for (size_t i = 0; i < light.size(); ++i) {
    const std::array<float, 3> rgb = {light[i] + 0.4f * warm[i], light[i] + 0.3f * green[i],
                                      light[i] - 0.4f * warm[i]};
    for (size_t c = 0; c < 3; ++c)
      image.pixels[3 * i + c] = static_cast<uint8_t>(std::clamp(118.f + rgb[c], 0.f, 255.f));
  }
  constexpr int kQuality = 92;
  return encode_jpeg(image, kQuality, ChromaSubsampling::yuv420);
}

}  // namespace sightline
