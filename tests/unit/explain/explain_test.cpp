// Options, regions, masks and words of explanations.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/explain.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <vector>

#include "explain/masks.h"
#include "image/write_png.h"

namespace sightline {
namespace {

const Model& model() {
  static const Model loaded =
      Model::load(std::filesystem::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-vit-8");
  return loaded;
}

// A red square in the upper left of a white image.
std::vector<uint8_t> image_file(int width, int height) {
  Image image{width, height, {}};
  image.pixels.assign(3 * static_cast<size_t>(width * height), 255);
  for (int y = 0; y < height / 2; ++y) {
    for (int x = 0; x < width / 2; ++x) {
      uint8_t* pixel = image.pixels.data() + 3 * (static_cast<ptrdiff_t>(y) * width + x);
      pixel[1] = pixel[2] = 0;
    }
  }
  return encode_png(image);
}

template <typename Work>
ErrorCode code_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "no error";
  return ErrorCode::internal;
}

void expect_region(const ImageRegion& region, double left, double top, double width,
                   double height) {
  EXPECT_NEAR(region.left, left, 1e-9);
  EXPECT_NEAR(region.top, top, 1e-9);
  EXPECT_NEAR(region.width, width, 1e-9);
  EXPECT_NEAR(region.height, height, 1e-9);
}

TEST(InputRegion, FollowsCropSquashAndPadding) {
  PreprocessSpec spec;
  spec.resize_size = spec.crop_size = 100;
  expect_region(input_region(400, 200, spec), 100, 0, 200, 200);
  expect_region(input_region(200, 400, spec), 0, 100, 200, 200);
  spec.resize = PreprocessSpec::Resize::squash;
  expect_region(input_region(400, 200, spec), 0, 0, 400, 200);
  spec.resize = PreprocessSpec::Resize::longest_edge;
  expect_region(input_region(400, 200, spec), 0, -100, 400, 400);
  spec.resize = PreprocessSpec::Resize::shortest_edge;
  spec.resize_size = 200;
  expect_region(input_region(400, 400, spec), 100, 100, 200, 200);
}

TEST(Masks, WindowsHideEveryCellEquallyOften) {
  ExplainOptions options;
  options.cells = 5;
  options.window = 2;
  const Masks masks(options, 23);
  ASSERT_EQ(masks.count(), 36);
  std::vector<float> kept(23 * 23);
  std::vector<double> hidden(25);
  for (int64_t i = 0; i < masks.count(); ++i) {
    masks.draw(i, kept);
    const std::vector<float> cells = cell_means(kept, 23, 5);
    for (size_t c = 0; c < hidden.size(); ++c) hidden[c] += 1 - static_cast<double>(cells[c]);
  }
  for (const double count : hidden) EXPECT_DOUBLE_EQ(count, 4);
}

TEST(Masks, RandomMasksDependOnSeedAndIndexAndKeepAHalf) {
  ExplainOptions options;
  options.method = MaskMethod::rise;
  options.cells = 8;
  options.window = 2;
  options.masks = 400;
  const Masks masks(options, 32);
  std::vector<float> kept(32 * 32), again(32 * 32);
  double sum = 0;
  for (int64_t i = 0; i < masks.count(); ++i) {
    masks.draw(i, kept);
    for (const float value : kept) {
      ASSERT_TRUE(value >= 0 && value <= 1) << value;
      sum += static_cast<double>(value);
    }
  }
  EXPECT_NEAR(sum / (400 * 32 * 32), 0.5, 0.02);
  masks.draw(399, again);
  EXPECT_EQ(kept, again);
  masks.draw(0, again);
  EXPECT_NE(kept, again);
  options.seed = 1;
  Masks(options, 32).draw(399, again);
  EXPECT_NE(kept, again);
}

TEST(Explain, ReportsWordsCostAndTheCroppedPart) {
  const Explanation whole = explain(model(), image_file(80, 80), "a.png", "a  red square");
  EXPECT_EQ(whole.cut_share, 0);
  EXPECT_FALSE(whole.kept_text);
  ASSERT_EQ(whole.words.size(), 3u);
  EXPECT_EQ(whole.words[1].word, "red");
  EXPECT_EQ(whole.encodings, 101);
  const Explanation shorter = explain(model(), image_file(80, 80), "a.png", "a square");
  EXPECT_NEAR(whole.words[1].contribution, whole.similarity - shorter.similarity, 1e-6);

  const Explanation wide = explain(model(), image_file(160, 80), "a.png", "red");
  EXPECT_NEAR(wide.cut_share, 0.5, 1e-9);
  expect_region(wide.seen, 40, 0, 80, 80);
  EXPECT_EQ(wide.width, 160);
}

TEST(Explain, PaddingIsNotPartOfWhatWasSeen) {
  ModelOptions padded;
  padded.resize = PreprocessSpec::Resize::longest_edge;
  const Model other =
      Model::load(std::filesystem::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-vit-8", padded);
  const Explanation explanation = explain(other, image_file(160, 80), "a.png", "red");
  EXPECT_EQ(explanation.cut_share, 0);
  expect_region(explanation.input, 0, -40, 160, 160);
  expect_region(explanation.seen, 0, 0, 160, 80);
}

TEST(Explain, NamesThePartOfALongTextThatWasKept) {
  std::string text = "heart";
  for (int i = 0; i < 60; ++i) text += " red";
  const Explanation explanation = explain(model(), image_file(64, 64), "a.png", text);
  ASSERT_TRUE(explanation.kept_text);
  EXPECT_TRUE(explanation.kept_text->starts_with("heart red"));
  EXPECT_LT(explanation.kept_text->size(), text.size());
  EXPECT_NEAR(explanation.words.back().contribution, 0, 1e-6);
}

TEST(Explain, DoesNotDependOnTheBatchSize) {
  for (const MaskMethod method : {MaskMethod::occlusion, MaskMethod::rise}) {
    ExplainOptions options;
    options.method = method;
    options.masks = 50;
    const HeatMap all = explain(model(), image_file(64, 64), "a", "a red square", options).heat;
    options.batch_size = 7;
    const HeatMap few = explain(model(), image_file(64, 64), "a", "a red square", options).heat;
    ASSERT_EQ(all.values.size(), 64u);
    for (size_t i = 0; i < all.values.size(); ++i)
      EXPECT_NEAR(all.values[i], few.values[i], 1e-5) << i;
  }
}

TEST(Explain, FillsDiffer) {
  ExplainOptions options;
  options.fill = MaskFill::blur;
  EXPECT_NE(explain(model(), image_file(64, 64), "a", "red", options).heat.values,
            explain(model(), image_file(64, 64), "a", "red").heat.values);
}

TEST(Explain, StopsWhereProgressThrows) {
  ExplainOptions options;
  options.batch_size = 10;
  int64_t done = 0;
  options.progress = [&](const ProgressUpdate& update) {
    done = update.done;
    if (done >= 20) throw Error(ErrorCode::cancelled, "stopped");
  };
  EXPECT_EQ(code_of([&] { explain(model(), image_file(64, 64), "a", "red", options); }),
            ErrorCode::cancelled);
  EXPECT_EQ(done, 20);
}

TEST(Explain, RefusesInvalidArguments) {
  const auto with = [](auto change) {
    ExplainOptions options;
    change(options);
    return code_of([&] { explain(model(), image_file(64, 64), "a", "red", options); });
  };
  EXPECT_EQ(with([](ExplainOptions& o) { o.cells = 1; }), ErrorCode::invalid_argument);
  EXPECT_EQ(with([](ExplainOptions& o) { o.cells = 65; }), ErrorCode::invalid_argument);
  EXPECT_EQ(with([](ExplainOptions& o) { o.window = 9; }), ErrorCode::invalid_argument);
  EXPECT_EQ(with([](ExplainOptions& o) { o.masks = 1; }), ErrorCode::invalid_argument);
  EXPECT_EQ(with([](ExplainOptions& o) {
              o.method = MaskMethod::rise;
              o.cells = 64;
              o.masks = 16'385;  // of 4096 cells, more than 2^26 numbers
            }),
            ErrorCode::invalid_argument);
  EXPECT_EQ(with([](ExplainOptions& o) { o.batch_size = 0; }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([] { explain(model(), image_file(64, 64), "a", " \n"); }),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([] { explain(model(), {}, "a", "red"); }), ErrorCode::invalid_data);
  const std::vector<float> pixels(3 * 64 * 64), target(256), wrong(7);
  EXPECT_EQ(code_of([&] { heat_map(model(), pixels, wrong); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { heat_map(model(), wrong, target); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { heat_map(model(), pixels, target); }), ErrorCode::invalid_data);
  EXPECT_EQ(code_of([] { parse_mask_method("lime"); }), ErrorCode::invalid_argument);
  EXPECT_EQ(parse_mask_fill(mask_fill_name(MaskFill::blur)), MaskFill::blur);
}

TEST(Explain, CellsFollowThePatches) {
  ModelInfo info;
  const auto cells = [&](int image, int patch) {
    info.image_size = image;
    info.patch_size = patch;
    return default_cells(info);
  };
  EXPECT_EQ(cells(224, 32), 7);
  EXPECT_EQ(cells(224, 16), 14);
  EXPECT_EQ(cells(224, 14), 16);
  EXPECT_EQ(cells(336, 14), 12);
  EXPECT_EQ(cells(64, 16), 8);
  EXPECT_EQ(cells(224, 0), 14);
  EXPECT_EQ(cells(64, 0), 8);
}

}  // namespace
}  // namespace sightline
