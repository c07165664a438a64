#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/explanation_image.h>

#include <algorithm>

#include "image/write_png.h"
#include "report/colour_map.h"

namespace sightline {
namespace {

// A white image of 200 x 100 pixels of which the middle square was seen; hot in the upper left.
Explanation explanation() {
  Explanation out;
  out.similarity = 0.25;
  out.heat = {2, 2, {0.3f, 0.0f, 0.0f, 0.0f}};
  out.width = 200;
  out.height = 100;
  out.input = out.seen = {50, 0, 100, 100};
  out.cut_share = 0.5;
  return out;
}

std::vector<uint8_t> white_image() {
  return encode_png({200, 100, std::vector<uint8_t>(size_t{3} * 200 * 100, 255)});
}

std::array<int, 3> pixel(const Image& image, int x, int y) {
  const uint8_t* at = image.pixels.data() + 3 * (static_cast<ptrdiff_t>(y) * image.width + x);
  return {at[0], at[1], at[2]};
}

TEST(ExplanationImage, DrawsHeatWhereItIsAndHatchesWhatWasCut) {
  const auto png = render_explanation(explanation(), white_image(), "a heart", {.side = 200});
  const Image drawn = decode_image(png, "drawn.png");
  // The map is right of the image: margin, image, gap; below margin and title.
  const int left = 20 + 200 + 14, top = 20 + 78;
  const auto hot = pixel(drawn, left + 60, top + 10), cold = pixel(drawn, left + 140, top + 90);
  EXPECT_GT(hot[0], cold[0] + 60);  // viridis: yellow against violet
  EXPECT_GT(hot[1], cold[1] + 60);
  EXPECT_LT(hot[2], hot[0]);
  for (const int x : {10, 190}) {
    const auto cut = pixel(drawn, left + x, top + 50);
    EXPECT_EQ(cut[0], cut[1]) << x;
    EXPECT_EQ(cut[1], cut[2]) << x;
    EXPECT_LT(cut[0], 250) << x;
  }
  EXPECT_EQ(pixel(drawn, 20 + 100, top + 50), (std::array<int, 3>{255, 255, 255}));
  const auto again = render_explanation(explanation(), white_image(), "a heart", {.side = 200});
  EXPECT_EQ(png, again);
}

TEST(ExplanationImage, ListsCaptionsBelow) {
  const auto size = [](const ExplanationImageOptions& options) {
    const Image drawn =
        decode_image(render_explanation(explanation(), white_image(), "a", options), "drawn.png");
    return std::pair{drawn.width, drawn.height};
  };
  const auto [width, height] = size({.side = 200});
  const auto listed = size({.side = 200, .captions = {{"a dog", 0.3}, {"two dogs", 0.2}}});
  EXPECT_EQ(listed, (std::pair{width, height + 70}));
}

TEST(HeatMapImage, IsTransparentWhereTheModelDidNotSee) {
  const Raster map = decode_raster(render_heat_map(explanation(), 100), "map.png");
  ASSERT_EQ(map.mode, PixelMode::rgba);
  EXPECT_EQ(map.width, 100);
  EXPECT_EQ(map.height, 50);
  const auto at = [&](int x, int y) { return map.pixels.data() + 4 * (y * 100 + x); };
  for (const int x : {0, 24, 75, 99}) EXPECT_EQ(at(x, 25)[3], 0) << x;
  for (const int x : {25, 74}) EXPECT_EQ(at(x, 25)[3], 255) << x;
  EXPECT_GT(at(27, 2)[1], at(72, 48)[1] + 60);  // hot in the upper left
  EXPECT_THROW(render_heat_map(explanation(), 15), Error);
  EXPECT_THROW(render_heat_map({}, 100), Error);
}

TEST(ExplanationImage, DrawsAConstantMap) {
  Explanation constant = explanation();
  constant.heat = {1, 1, {0.0f}};
  EXPECT_FALSE(render_explanation(constant, white_image(), "").empty());
  constant.heat = {1, 2, {0.0f, 1e-6f}};  // a rounding error
  const Raster map = decode_raster(render_heat_map(constant, 100), "map.png");
  const auto first = map.pixels.begin() + 4 * (25 * 100 + 30);
  EXPECT_TRUE(std::equal(first, first + 4, first + 4 * 40));
}

TEST(ExplanationImage, RefusesInvalidArguments) {
  EXPECT_THROW(render_explanation(explanation(), white_image(), "a", {.side = 63}), Error);
  EXPECT_THROW(render_explanation(explanation(), {}, "a"), Error);
  Explanation empty = explanation();
  empty.heat = {};
  EXPECT_THROW(render_explanation(empty, white_image(), "a"), Error);
}

TEST(ColourMap, LightnessGrowsWithTheValue) {
  double last = -1;
  for (int i = 0; i <= 100; ++i) {
    const auto c = map_colour(i / 100.0);
    const double lightness = 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
    EXPECT_GE(lightness, last) << i;
    last = lightness;
  }
  EXPECT_EQ(map_colour(-1), map_colour(0));
  EXPECT_EQ(map_colour(2), map_colour(1));
}

}  // namespace
}  // namespace sightline
