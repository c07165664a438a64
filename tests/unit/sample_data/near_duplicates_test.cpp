#include "sample_data/near_duplicates.h"

#include <gtest/gtest.h>

namespace sightline {
namespace {

Image square(int side, int from, int to, uint8_t value) {
  Image image{side, side, std::vector<uint8_t>(static_cast<size_t>(side) * side * 3, 255)};
  for (int y = from; y < to; ++y) {
    for (int x = from; x < to; ++x) {
      for (int c = 0; c < 3; ++c) {
        image.pixels[(static_cast<size_t>(y) * side + x) * 3 + c] = value;
      }
    }
  }
  return image;
}

TEST(Thumbnails, AreMeansOfBlocks) {
  const Thumbnail thumbnail = make_thumbnail(square(32, 0, 3, 0));
  EXPECT_EQ(thumbnail[0], 0);
  EXPECT_EQ(thumbnail[3], 128);             // half of the second block
  EXPECT_EQ(thumbnail[(16 + 1) * 3], 191);  // a quarter of the block below
  EXPECT_EQ(thumbnail[2 * 3], 255);
}

TEST(Thumbnails, DifferenceIsTheSumOverAllValues) {
  const Thumbnail a = make_thumbnail(square(224, 0, 224, 100)),
                  b = make_thumbnail(square(224, 0, 224, 101));
  EXPECT_EQ(difference(a, b), 16 * 16 * 3);
  EXPECT_FALSE(is_near(a, b, 1.0));
  EXPECT_TRUE(is_near(a, b, 1.01));
  EXPECT_EQ(difference(a, a), 0);
}

TEST(NearDuplicates, KeepTheFirst) {
  std::vector<Thumbnail> images;
  for (const uint8_t value : {100, 100, 50, 101, 50}) {
    images.push_back(make_thumbnail(square(224, 0, 224, value)));
  }
  EXPECT_EQ(keep_different(images, 1.5), (std::vector<bool>{true, false, true, false, false}));
}

TEST(ShowsSomething, NeedsInkAndContrast) {
  EXPECT_FALSE(shows_something(square(224, 0, 0, 0)));
  EXPECT_FALSE(shows_something(square(224, 0, 20, 0)));     // 0.8 % of the area
  EXPECT_TRUE(shows_something(square(224, 0, 28, 0)));      // 1.6 %
  EXPECT_FALSE(shows_something(square(224, 0, 224, 100)));  // one colour everywhere
  EXPECT_FALSE(shows_something(square(224, 0, 100, 240)));  // nearly white
}

}  // namespace
}  // namespace sightline
