// Groups of images that are near-duplicates of each other.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace sightline {

// The features by which two images are compared.
struct ImageSketch {
  uint64_t hash = 0;                         // perceptual_hash; 0: not comparable
  std::array<uint8_t, 8 * 8 * 3> colours{};  // the image at 8 x 8 pixels, RGB
};

// Two images are near-duplicates if at most that many of the 64 bits of their hashes differ, and
// their colours differ by less than `kNearColours` of 255 on average. Hashes alone would join
// drawings of one shape in different colours.
inline constexpr int kNearBits = 8;
inline constexpr double kNearColours = 10;

bool near_duplicates(const ImageSketch& a, const ImageSketch& b);

// Returns for each image the smallest index of its group. Groups are the connected components of
// near_duplicates. The partition does not depend on the order of the images. Compares about
// N * N / 30 pairs: two seconds for 100,000 images of different hashes.
std::vector<int64_t> group_near_duplicates(std::span<const ImageSketch> images);

}  // namespace sightline
