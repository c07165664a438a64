#include "sample_data/near_duplicates.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace sightline {
namespace {

// Returns the means of the blocks of side x side pixels: (H / side, W / side, 3), rounded.
std::vector<uint8_t> block_means(const Image& image, int side) {
  const int columns = image.width / side, rows = image.height / side;
  std::vector<uint8_t> means;
  means.reserve(static_cast<size_t>(columns) * rows * 3);
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      std::array<int, 3> sum{};
      for (int y = row * side; y < (row + 1) * side; ++y) {
        const uint8_t* pixel =
            image.pixels.data() + (static_cast<size_t>(y) * image.width + column * side) * 3;
        for (int x = 0; x < side; ++x, pixel += 3) {
          for (int c = 0; c < 3; ++c) sum[c] += pixel[c];
        }
      }
      const int count = side * side;
      for (const int value : sum)
        means.push_back(static_cast<uint8_t>((value + count / 2) / count));
    }
  }
  return means;
}

}  // namespace

Thumbnail make_thumbnail(const Image& image) {
  const auto means = block_means(image, image.width / 16);
  Thumbnail thumbnail{};
  std::copy_n(means.begin(), std::min(means.size(), thumbnail.size()), thumbnail.begin());
  return thumbnail;
}

int64_t difference(const Thumbnail& a, const Thumbnail& b) {
  int sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::abs(int{a[i]} - int{b[i]});
  return sum;
}

bool is_near(const Thumbnail& a, const Thumbnail& b, double mean) {
  return static_cast<double>(difference(a, b)) < mean * static_cast<double>(a.size());
}

std::vector<bool> keep_different(std::span<const Thumbnail> images, double mean) {
  std::vector<bool> kept(images.size());
  std::vector<size_t> earlier;
  for (size_t i = 0; i < images.size(); ++i) {
    kept[i] = std::none_of(earlier.begin(), earlier.end(),
                           [&](size_t j) { return is_near(images[j], images[i], mean); });
    if (kept[i]) earlier.push_back(i);
  }
  return kept;
}

bool shows_something(const Image& image) {
  constexpr int kDark = 231;
  constexpr double kShare = 0.01, kDeviation = 4;
  const auto means = block_means(image, 4);
  if (means.empty()) return false;
  size_t dark = 0;
  double sum = 0, squares = 0;
  for (size_t i = 0; i < means.size(); i += 3) {
    if (std::min({means[i], means[i + 1], means[i + 2]}) < kDark) ++dark;
    for (size_t c = 0; c < 3; ++c) {
      sum += means[i + c];
      squares += double{1} * means[i + c] * means[i + c];
    }
  }
  const auto count = static_cast<double>(means.size());
  const double mean = sum / count, variance = squares / count - mean * mean;
  return static_cast<double>(dark) * 3 >= kShare * count && std::sqrt(variance) >= kDeviation;
}

}  // namespace sightline
