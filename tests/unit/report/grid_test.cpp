#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/image.h>
#include <sightline/report.h>

#include <array>

#include "base/file.h"
#include "report/grids.h"
#include "report_fixtures.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Returns the RGB values of a pixel.
std::array<int, 3> pixel(const Image& image, int x, int y) {
  const uint8_t* at =
      image.pixels.data() +
      (static_cast<size_t>(y) * static_cast<size_t>(image.width) + static_cast<size_t>(x)) * 3;
  return {at[0], at[1], at[2]};
}

TEST(Grid, AnOwnImageIsMarkedOnlyAmongTheHits) {
  const TemporaryFolder folder;
  ExperimentResult result = small_result({"a"});
  GridQuery empty;
  empty.title = "x";
  const std::vector<uint8_t> white = render_grid({&empty, 1}, {.cell = 64, .limits = {}});
  ImageBytes images;
  for (int64_t i = 0; i < 30; ++i) images[i] = white;
  const auto grid_of = [&](const ExampleRow& example) {
    result.models[0].examples = {example};
    write_grids(result, images, OrientationProfile::upright, folder.path());
    return decode_image(read_file(folder.path() / "rows-model-1.png", 1 << 24), "grid");
  };
  const auto cells = [](const Image& grid) { return (grid.width - 40 + 14) / (168 + 14); };
  const auto green = [](const Image& grid, int cell) {
    const auto frame = pixel(grid, 20 + cell * (168 + 14) - 4, 20 + 58 + 84);
    return frame[1] > frame[0] + 80;
  };
  // Rank 1: shown once, with a green frame.
  const Image first = grid_of({ExampleKind::best, 7, 1, 0.75, {{7, 0.75}, {8, 0.5}, {9, 0.25}}});
  EXPECT_EQ(cells(first), 3);
  EXPECT_TRUE(green(first, 0));
  EXPECT_FALSE(green(first, 1));
  // Rank 28, after the hits: last and without a mark.
  const Image last = grid_of({ExampleKind::worst, 9, 28, 0.125, {{2, 0.5}, {3, 0.4}}});
  EXPECT_EQ(cells(last), 3);
  for (const int cell : {0, 1, 2}) EXPECT_FALSE(green(last, cell)) << cell;
  // A tie: among the hits, but its rank is below them.
  const Image tie = grid_of({ExampleKind::median, 9, 3, 0.5, {{2, 0.5}, {9, 0.5}}});
  EXPECT_EQ(cells(tie), 2);
  EXPECT_FALSE(green(tie, 1));
  // Rank 9 of ten hits: only eight images are shown.
  ExampleRow ninth{ExampleKind::median, 9, 9, 0.125, {}};
  for (int64_t i = 1; i <= 10; ++i) ninth.hits.push_back({i, 0.5});
  const Image cut = grid_of(ninth);
  EXPECT_EQ(cells(cut), 8);
  EXPECT_FALSE(green(cut, 7));
  // The same rank, but a tie puts the image among those that are shown.
  ninth.hits[3].index = 9;
  const Image tied = grid_of(ninth);
  EXPECT_EQ(cells(tied), 8);
  EXPECT_FALSE(green(tied, 3));
  // Rank 8 of eight identical images, its own the first.
  ninth.hits[0].index = 9;
  ninth.hits[3].index = 4;
  ninth.rank = 8;
  EXPECT_TRUE(green(grid_of(ninth), 0));
  // Far below the hits.
  ninth.hits[0].index = 1;
  ninth.rank = 833;
  for (int cell = 0; cell < 8; ++cell) EXPECT_FALSE(green(grid_of(ninth), cell)) << cell;
}

TEST(Grid, ShowsImagesAndFramesTheRelevantOne) {
  GridQuery empty;
  empty.title = "inner";
  const std::vector<uint8_t> white =
      render_grid({&empty, 1}, {.cell = 64, .limits = {}});  // any valid image
  GridQuery query;
  query.title = "a query & its <answer>";
  query.images = {{white, 0.5, "first", false},
                  {white, 0.4, "second", true},
                  {{1, 2, 3}, 0.3, kHostile, false}};
  const Image grid = decode_image(render_grid({&query, 1}), "grid");
  EXPECT_EQ(grid.width, 2 * 20 + 3 * 224 + 2 * 14);
  // The frame of the second image is green, that of the first grey; the broken image is a grey
  // placeholder.
  const int y = 20 + 58 + 112;
  const auto first = pixel(grid, 20 - 1, y), second = pixel(grid, 20 + 238 - 4, y);
  EXPECT_EQ(first[0], first[1]);
  EXPECT_GT(second[1], second[0] + 80);
  EXPECT_EQ(pixel(grid, 20 + 2 * 238 + 10, 20 + 58 + 10), (std::array<int, 3>{235, 235, 235}));
}

TEST(Grid, ImagesAreDrawnAsTheyWereEncoded) {
  GridQuery query;
  query.images.resize(1);
  query.images[0].bytes = read_file(
      fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/image/orientation/jpeg_exif_6.jpg", 1 << 20);
  // 7 x 5 pixels, and 5 x 7 upright: the corners of a square cell remain empty at the sides, or
  // above and below.
  const auto is_drawn = [&](OrientationProfile orientation, int x, int y) {
    const Image grid = decode_image(
        render_grid({&query, 1}, {.cell = 224, .limits = {}, .orientation = orientation}), "grid");
    return pixel(grid, 20 + x, 20 + 58 + y) != pixel(grid, 20 + 2, 20 + 58 + 2);
  };
  EXPECT_TRUE(is_drawn(OrientationProfile::upright, 112, 10));
  EXPECT_FALSE(is_drawn(OrientationProfile::upright, 10, 112));
  EXPECT_FALSE(is_drawn(OrientationProfile::stored, 112, 10));
  EXPECT_TRUE(is_drawn(OrientationProfile::stored, 10, 112));
}

TEST(Grid, TransparencyIsWhite) {
  // A 1 x 1 RGBA PNG, black and fully transparent.
  const std::vector<uint8_t> png = {
      0x89, 'P',  'N',  'G',  13,   10,   26,   10,   0,    0,    0,    13,   'I',  'H',
      'D',  'R',  0,    0,    0,    1,    0,    0,    0,    1,    8,    6,    0,    0,
      0,    0x1f, 0x15, 0xc4, 0x89, 0,    0,    0,    11,   'I',  'D',  'A',  'T',  0x78,
      0x9c, 0x63, 0x60, 0x00, 0x02, 0x00, 0x00, 0x05, 0x00, 0x01, 0x7a, 0x5e, 0xab, 0x3f,
      0,    0,    0,    0,    'I',  'E',  'N',  'D',  0xae, 0x42, 0x60, 0x82};
  GridQuery query;
  query.images = {{png, 1, "clear", false}};
  const Image grid = decode_image(render_grid({&query, 1}), "grid");
  EXPECT_EQ(pixel(grid, 20 + 112, 20 + 58 + 112), (std::array<int, 3>{255, 255, 255}));
}

TEST(Grid, ManyImagesUseSeveralRows) {
  const auto size_of = [](size_t images) {
    GridQuery query;
    query.images.resize(images);
    const Image grid = decode_image(render_grid({&query, 1}), "grid");
    return std::array<int, 2>{(grid.width - 40 + 14) / 238,
                              (grid.height - 40 - 58 + 14) / (224 + 92 + 14)};
  };
  EXPECT_EQ(size_of(5), (std::array<int, 2>{5, 1}));
  EXPECT_EQ(size_of(8), (std::array<int, 2>{8, 1}));
  EXPECT_EQ(size_of(10), (std::array<int, 2>{5, 2}));
  EXPECT_EQ(size_of(60), (std::array<int, 2>{8, 8}));
}

TEST(Grid, RejectsGridsThatAreTooLarge) {
  EXPECT_THROW(render_grid({}), Error);
  GridQuery query;
  EXPECT_THROW(render_grid({&query, 1}, {.cell = 5, .limits = {}}), Error);
  query.images.resize(1000);
  EXPECT_THROW(render_grid({&query, 1}), Error);
  const std::vector<GridQuery> many(500);
  EXPECT_THROW(render_grid(many), Error);
}

}  // namespace
}  // namespace sightline
