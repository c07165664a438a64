// Words that are drawn on images.
#include "drawing/label.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <algorithm>

namespace sightline {
namespace {

Image grey(int width, int height) {
  return {width, height,
          std::vector<uint8_t>(static_cast<size_t>(width) * static_cast<size_t>(height) * 3, 100)};
}

struct Box {
  int left = 1 << 20, right = -1, top = 1 << 20, bottom = -1;
};

// The pixels that are not grey any more.
Box changed(const Image& image) {
  Box box;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      if (image.pixels[3 * static_cast<size_t>(y * image.width + x)] == 100) continue;
      box = {std::min(box.left, x), std::max(box.right, x), std::min(box.top, y),
             std::max(box.bottom, y)};
    }
  }
  return box;
}

TEST(Label, IsWithinTheSquareThatAModelSees) {
  for (const auto& [width, height] : {std::pair(224, 224), {640, 100}, {90, 500}}) {
    Image image = grey(width, height);
    draw_label(image, "harbour");
    const Box box = changed(image);
    const int side = std::min(width, height);
    ASSERT_GE(box.right, box.left) << width;
    EXPECT_GE(box.left, (width - side) / 2) << width;
    EXPECT_LE(box.right, (width + side) / 2) << width;
    EXPECT_GE(box.top, height / 2) << width;
    EXPECT_LE(box.bottom, (height + side) / 2) << width;
    EXPECT_GT(box.right - box.left, side / 3) << width;
    EXPECT_LE(box.bottom - box.top, side / 4) << width;  // a fifth, and rounding of fonts
  }
}

TEST(Label, DependsOnTheWordOnly) {
  Image a = grey(224, 224), b = a, c = a;
  draw_label(a, "harbour");
  draw_label(b, "harbour");
  draw_label(c, "rouhbar");
  EXPECT_EQ(a.pixels, b.pixels);
  EXPECT_NE(a.pixels, c.pixels);
}

TEST(Label, KnowsWhatFontsCanDraw) {
  EXPECT_TRUE(can_draw("harbour"));
  EXPECT_FALSE(can_draw("\U0010FFFD"));  // private use
}

TEST(Label, RejectsAnEmptyImage) {
  Image image;
  EXPECT_THROW(draw_label(image, "harbour"), Error);
}

}  // namespace
}  // namespace sightline
