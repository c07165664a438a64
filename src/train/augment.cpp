#include "train/augment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace sightline {
namespace {

// Output pixel (x, y) samples the source at matrix * (x, y, 1).
struct Affine {
  float a, b, c, d, e, f;
};

Affine random_map(const Image& image, int side, const Augmentation& s, Random& random) {
  const double zoom = random.uniform(1 - s.zoom, 1 + s.zoom / 2);
  const double angle = random.uniform(-s.rotate_deg, s.rotate_deg) * std::numbers::pi / 180;
  const double shift_x = random.uniform(-s.shift, s.shift) * image.width;
  const double shift_y = random.uniform(-s.shift, s.shift) * image.height;
  const double mirror = random.uniform() < s.flip ? -1 : 1;
  const double scale_x = zoom * image.width / side, scale_y = zoom * image.height / side;
  const double a = mirror * scale_x * std::cos(angle), b = -scale_y * std::sin(angle);
  const double d = mirror * scale_x * std::sin(angle), e = scale_y * std::cos(angle);
  // The centre of the output maps to the centre of the source, shifted.
  const double middle = (side - 1) / 2.0;
  const double c = (image.width - 1) / 2.0 + shift_x - (a + b) * middle;
  const double f = (image.height - 1) / 2.0 + shift_y - (d + e) * middle;
  return {static_cast<float>(a), static_cast<float>(b), static_cast<float>(c),
          static_cast<float>(d), static_cast<float>(e), static_cast<float>(f)};
}

// Colours between pixels are interpolated; beyond the edge they are those of the edge or, at a
// distance of a pixel or more, white.
void sample(const Image& image, float x, float y, bool white_border, float* rgb) {
  const float outside_x = std::max(-x, x - static_cast<float>(image.width - 1));
  const float outside_y = std::max(-y, y - static_cast<float>(image.height - 1));
  x = std::clamp(x, 0.0f, static_cast<float>(image.width - 1));
  y = std::clamp(y, 0.0f, static_cast<float>(image.height - 1));
  const int x0 = static_cast<int>(x), y0 = static_cast<int>(y);
  const int x1 = std::min(x0 + 1, image.width - 1), y1 = std::min(y0 + 1, image.height - 1);
  const float u = x - static_cast<float>(x0), v = y - static_cast<float>(y0);
  const auto at = [&](int px, int py) {
    return image.pixels.data() + (static_cast<size_t>(py) * image.width + px) * 3;
  };
  const uint8_t *p00 = at(x0, y0), *p10 = at(x1, y0), *p01 = at(x0, y1), *p11 = at(x1, y1);
  for (int k = 0; k < 3; ++k) {
    const float top = static_cast<float>(p00[k]) * (1 - u) + static_cast<float>(p10[k]) * u;
    const float bottom = static_cast<float>(p01[k]) * (1 - u) + static_cast<float>(p11[k]) * u;
    rgb[k] = top * (1 - v) + bottom * v;
  }
  if (!white_border) return;
  const float inside = std::clamp(1 - std::max(outside_x, 0.0f), 0.0f, 1.0f) *
                       std::clamp(1 - std::max(outside_y, 0.0f), 0.0f, 1.0f);
  for (int k = 0; k < 3; ++k) rgb[k] = 255 + (rgb[k] - 255) * inside;
}

struct Square {
  int left = 0, top = 0, right = 0, bottom = 0;  // empty unless right > left
  bool contains(int x, int y) const { return x >= left && x < right && y >= top && y < bottom; }
};

// Its centre is anywhere in the image.
Square random_square(int side, double probability, Random& random) {
  const double chance = random.uniform();
  const int x = static_cast<int>(random.below(static_cast<uint64_t>(side)));
  const int y = static_cast<int>(random.below(static_cast<uint64_t>(side)));
  if (chance >= probability) return {};
  const int half = static_cast<int>(std::lround(0.15 * side));
  return {x - half, y - half, x + half, y + half};
}

}  // namespace

void augment(const Image& image, int side, const Augmentation& s, Random& random, Image& out) {
  const Affine m = random_map(image, side, s, random);
  const auto brightness = static_cast<float>(random.uniform(1 - s.colour, 1 + s.colour));
  const auto contrast = static_cast<float>(random.uniform(1 - s.colour, 1 + s.colour));
  auto saturation = static_cast<float>(random.uniform(1 - s.colour, 1 + s.colour));
  if (s.grey > 0 && random.uniform() < s.grey) saturation = 0;
  const Square cutout = s.cutout > 0 ? random_square(side, s.cutout, random) : Square{};
  out.width = out.height = side;
  out.pixels.resize(static_cast<size_t>(side) * side * 3);
  uint8_t* to = out.pixels.data();
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x, to += 3) {
      if (cutout.contains(x, y)) {
        std::fill_n(to, 3, uint8_t{255});
        continue;
      }
      const auto fx = static_cast<float>(x), fy = static_cast<float>(y);
      std::array<float, 3> rgb;
      sample(image, m.a * fx + m.b * fy + m.c, m.d * fx + m.e * fy + m.f, s.white_border,
             rgb.data());
      const float grey = 0.299f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2];
      for (int k = 0; k < 3; ++k) {
        // Contrast is relative to mid-grey instead of the image's mean, so that one pass suffices.
        float value = grey + (rgb[static_cast<size_t>(k)] - grey) * saturation;
        value = ((value - 127.5f) * contrast + 127.5f) * brightness;
        to[k] = static_cast<uint8_t>(std::clamp(value, 0.0f, 255.0f) + 0.5f);
      }
    }
  }
}

}  // namespace sightline
