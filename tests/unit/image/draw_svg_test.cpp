#include "image/draw_svg.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <string>

namespace sightline::image {
namespace {

Bytes bytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string svg(const std::string& attributes, const std::string& content) {
  return "<svg xmlns='http://www.w3.org/2000/svg' " + attributes + ">" + content + "</svg>";
}

// Draws one document; throws its error.
Image draw(const std::string& document, const SvgSquare& square = {}) {
  const SvgDocument item{bytes(document), "a.svg"};
  auto drawn = draw_svg({&item, 1}, square);
  if (drawn.at(0).error) throw *drawn[0].error;
  return drawn[0].image;
}

// The bounds of the pixels that are not white: left, top, right, bottom (exclusive).
std::array<int, 4> ink(const Image& image) {
  std::array<int, 4> box{image.width, image.height, 0, 0};
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const uint8_t* pixel = image.pixels.data() + (static_cast<size_t>(y) * image.width + x) * 3;
      if (std::min({pixel[0], pixel[1], pixel[2]}) >= 247) continue;
      box = {std::min(box[0], x), std::min(box[1], y), std::max(box[2], x + 1),
             std::max(box[3], y + 1)};
    }
  }
  return box;
}

using Box = std::array<int, 4>;

class DrawSvg : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!can_draw_svg()) GTEST_SKIP() << "this build has no librsvg";
  }
};

TEST_F(DrawSvg, CentresWhatIsDrawn) {
  const Image image =
      draw(svg("width='400' height='200'", "<rect width='100' height='50' fill='red'/>"));
  EXPECT_EQ(image.width, 224);
  EXPECT_EQ(image.height, 224);
  EXPECT_EQ(ink(image), (Box{4, 58, 220, 166}));
  EXPECT_EQ(image.pixels[(112 * 224 + 112) * 3], 255);  // red, not blue
  EXPECT_EQ(image.pixels[(112 * 224 + 112) * 3 + 2], 0);
}

TEST_F(DrawSvg, BoundsTheZoom) {
  const Image image = draw(svg("width='224' height='224'", "<rect width='2' height='2'/>"));
  EXPECT_EQ(ink(image), (Box{96, 96, 128, 128}));
}

TEST_F(DrawSvg, KeepsAPageThatIsFull) {
  const Image image = draw(svg("viewBox='0 0 2 1'", "<rect width='2' height='1' fill='#123456'/>"));
  EXPECT_EQ(ink(image), (Box{0, 56, 224, 168}));
}

TEST_F(DrawSvg, TheSizeOfTheDocumentDoesNotMatter) {
  const Image image = draw(
      svg("width='1e6' height='1e6' viewBox='0 0 8 8'", "<rect x='2' y='2' width='4' height='4'/>"),
      {64, 0, 16});
  EXPECT_EQ(image.width, 64);
  EXPECT_EQ(ink(image), (Box{0, 0, 64, 64}));
}

TEST_F(DrawSvg, ABlankDocumentIsWhite) {
  const Image image = draw(svg("width='9' height='9'", ""));
  EXPECT_TRUE(std::all_of(image.pixels.begin(), image.pixels.end(),
                          [](uint8_t value) { return value == 255; }));
}

// A document that ends the process is skipped, and another process draws the next ones.
TEST_F(DrawSvg, DrawsTheRestAfterACrash) {
  const std::string good = svg("width='9' height='9'", "<rect width='9' height='9'/>");
  // References that lead to each other are followed until the stack is full.
  std::string chain = "<g id='g0'><rect width='9' height='9'/></g>";
  for (int i = 1; i < 30000; ++i) {
    chain += "<g id='g" + std::to_string(i) + "'><use href='#g" + std::to_string(i - 1) + "'/></g>";
  }
  const std::string crash =
      svg("width='9' height='9'", "<defs>" + chain + "</defs><use href='#g29999'/>");
  std::vector<SvgDocument> documents;
  const std::string broken = "<svg";
  for (const std::string* document : {&good, &crash, &good, &broken, &good}) {
    documents.push_back({bytes(*document), "a.svg"});
  }
  const auto drawn = draw_svg(documents, {32, 0, 16});
  ASSERT_EQ(drawn.size(), 5u);
  for (const size_t i : {0, 2, 4}) {
    EXPECT_FALSE(drawn[i].error) << i;
    EXPECT_EQ(ink(drawn[i].image), (Box{0, 0, 32, 32})) << i;
  }
  ASSERT_TRUE(drawn[1].error);
  EXPECT_NE(std::string(drawn[1].error->what()).find("crashes"), std::string::npos)
      << drawn[1].error->what();
  ASSERT_TRUE(drawn[3].error);
  EXPECT_EQ(drawn[3].error->code(), ErrorCode::invalid_data);
}

TEST_F(DrawSvg, ReportsWhatItCannotDraw) {
  const auto code = [](const std::string& document, const SvgSquare& square = {}) {
    try {
      draw(document, square);
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("SVG"), std::string::npos) << error.what();
      return error.code();
    }
    ADD_FAILURE() << document;
    return ErrorCode::internal;
  };
  EXPECT_EQ(code("<svg xmlns='http://www.w3.org/2000/svg'"), ErrorCode::invalid_data);
  EXPECT_EQ(code(svg("", "")), ErrorCode::invalid_data);
  EXPECT_EQ(code(svg("width='0' height='5'", "<rect width='1' height='1'/>")),
            ErrorCode::invalid_data);
  EXPECT_EQ(code(svg("width='9' height='9'", ""), {8, 4, 16}), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace sightline::image
