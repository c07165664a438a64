#include "train/augment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace sightline {
namespace {

constexpr Augmentation kNone = {.zoom = 0, .shift = 0, .rotate_deg = 0, .colour = 0, .flip = 0};

Image pattern(int side) {
  Image image{side, side, {}};
  Random random{7};
  for (int i = 0; i < side * side * 3; ++i)
    image.pixels.push_back(static_cast<uint8_t>(random.below(256)));
  return image;
}

Image flat(int side, uint8_t r, uint8_t g, uint8_t b) {
  Image image{side, side, {}};
  for (int i = 0; i < side * side; ++i) image.pixels.insert(image.pixels.end(), {r, g, b});
  return image;
}

Image varied(const Image& image, int side, const Augmentation& settings, uint64_t seed) {
  Random random{seed};
  Image out;
  augment(image, side, settings, random, out);
  return out;
}

TEST(Augment, AllZeroChangesNothing) {
  const Image image = pattern(16);
  const Image out = varied(image, 16, kNone, 1);
  EXPECT_EQ(out.width, 16);
  EXPECT_EQ(out.height, 16);
  EXPECT_EQ(out.pixels, image.pixels);
}

TEST(Augment, TheSameSeedGivesTheSamePixels) {
  const Image image = pattern(20);
  const Augmentation settings{};
  EXPECT_EQ(varied(image, 16, settings, 5).pixels, varied(image, 16, settings, 5).pixels);
  EXPECT_NE(varied(image, 16, settings, 5).pixels, varied(image, 16, settings, 6).pixels);
}

TEST(Augment, DrawsAsManyNumbersWhateverTheSettings) {
  const Image image = pattern(8);
  Random one{3}, other{3};
  Image out;
  augment(image, 8, kNone, one, out);
  augment(image, 8, {.zoom = 0.5, .shift = 0.5, .rotate_deg = 90, .colour = 1, .flip = 1}, other,
          out);
  EXPECT_EQ(one.next(), other.next());
}

TEST(Augment, GreyHasNoColour) {
  Augmentation grey = kNone;
  grey.grey = 1;
  const Image out = varied(flat(8, 250, 20, 40), 8, grey, 1);
  for (size_t i = 0; i < out.pixels.size(); i += 3) {
    EXPECT_EQ(out.pixels[i], out.pixels[i + 1]);
    EXPECT_EQ(out.pixels[i], out.pixels[i + 2]);
  }
}

TEST(Augment, CutoutCoversASquareWithWhite) {
  Augmentation cutout = kNone;
  cutout.cutout = 1;
  int most = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Image out = varied(flat(20, 10, 20, 30), 20, cutout, seed);
    int white = 0;
    for (size_t i = 0; i < out.pixels.size(); i += 3) white += out.pixels[i] == 255;
    EXPECT_GT(white, 0);
    EXPECT_LE(white, 36);
    most = std::max(most, white);
  }
  EXPECT_EQ(most, 36);  // 0.3 of the side, where the border does not cut it
  cutout.cutout = 0;
  EXPECT_EQ(varied(flat(20, 10, 20, 30), 20, cutout, 1).pixels, flat(20, 10, 20, 30).pixels);
}

TEST(Augment, MirrorTurnsLeftAndRightAround) {
  const Image image = pattern(12);
  Augmentation mirror = kNone;
  mirror.flip = 1;
  const Image out = varied(image, 12, mirror, 1);
  for (int y = 0; y < 12; ++y) {
    for (int x = 0; x < 12; ++x) {
      for (int k = 0; k < 3; ++k) {
        ASSERT_EQ(out.pixels[static_cast<size_t>((y * 12 + x) * 3 + k)],
                  image.pixels[static_cast<size_t>((y * 12 + 11 - x) * 3 + k)]);
      }
    }
  }
}

// An image of one colour is unchanged by every map, also beyond the border.
TEST(Augment, GeometryKeepsAFlatImage) {
  const Image image = flat(10, 200, 30, 90);
  const Augmentation geometry = {
      .zoom = 0.5, .shift = 0.5, .rotate_deg = 180, .colour = 0, .flip = 0.5};
  for (uint64_t seed = 0; seed < 50; ++seed) {
    ASSERT_EQ(varied(image, 10, geometry, seed).pixels, image.pixels) << seed;
  }
}

TEST(Augment, WhiteBorderPaintsWhatIsOutside) {
  const Image image = flat(20, 10, 20, 30);
  Augmentation border = kNone;
  border.white_border = true;
  EXPECT_EQ(varied(image, 20, border, 1).pixels, image.pixels);  // nothing is outside
  border.shift = 0.4;
  int moved = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Image out = varied(image, 20, border, seed);
    const auto at = [&](int x, int y) { return out.pixels[static_cast<size_t>(y * 20 + x) * 3]; };
    EXPECT_EQ(at(10, 10), 10) << seed;
    const int corner = std::max({at(0, 0), at(19, 0), at(0, 19), at(19, 19)});
    moved += corner == 255;
  }
  EXPECT_GE(moved, 15);  // most shifts are more than a pixel
}

TEST(Augment, ColourLeavesGeometryAndStaysWithinItsBounds) {
  Augmentation colour = kNone;
  colour.colour = 0.2;
  const Image grey = flat(4, 128, 128, 128);  // saturation and contrast change nothing here
  int least = 255, most = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const Image out = varied(grey, 4, colour, seed);
    for (const uint8_t value : out.pixels) ASSERT_EQ(value, out.pixels[0]);
    least = std::min<int>(least, out.pixels[0]);
    most = std::max<int>(most, out.pixels[0]);
  }
  EXPECT_NEAR(least, 0.8 * 128, 3);
  EXPECT_NEAR(most, 1.2 * 128, 3);
}

// A white dot in the centre stays there under zoom and rotation, and moves at most by shift.
TEST(Augment, CentreStaysAndShiftIsBounded) {
  Image image = flat(33, 0, 0, 0);
  for (int k = 0; k < 3; ++k) image.pixels[static_cast<size_t>((16 * 33 + 16) * 3 + k)] = 255;
  Augmentation turn = kNone;
  turn.rotate_deg = 180;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_GE(varied(image, 33, turn, seed).pixels[(16 * 33 + 16) * 3], 250) << seed;
  }
  Augmentation shift = kNone;
  shift.shift = 0.1;  // of 33: at most 3.3 pixels
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Image out = varied(image, 33, shift, seed);
    for (int i = 0; i < 33 * 33; ++i) {
      if (out.pixels[static_cast<size_t>(i) * 3] == 0) continue;
      ASSERT_LE(std::abs(i % 33 - 16), 4);
      ASSERT_LE(std::abs(i / 33 - 16), 4);
    }
  }
}

}  // namespace
}  // namespace sightline
