// Whether heat maps of the shipped models show what the models found. bench/explanation_tests.cpp
// measures the same on more images, with intervals.
#include <gtest/gtest.h>
#include <sightline/encoder.h>
#include <sightline/explain.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "base/temporary_path.h"
#include "explain/faithfulness.h"
#include "sample_data/emoji/emoji_font.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

struct Named {
  std::u32string_view sequence;
  const char* name;
};

// Emoji of the training split of the shipped models, of different groups.
constexpr Named kEmoji[] = {{U"\u2764\uFE0F", "red heart"},    {U"\U0001F34E", "red apple"},
                            {U"\U0001F332", "evergreen tree"}, {U"\U0001F697", "automobile"},
                            {U"\U0001F3E0", "house"},          {U"\U0001F431", "cat face"},
                            {U"\U0001F438", "frog"},           {U"\U0001F511", "key"},
                            {U"\U0001F4D7", "green book"},     {U"\U0001F33B", "sunflower"},
                            {U"\U0001F34C", "banana"},         {U"\u2708\uFE0F", "airplane"},
                            {U"\U0001F355", "pizza"},          {U"\U0001F418", "elephant"},
                            {U"\U0001F3B8", "guitar"},         {U"\U0001F319", "crescent moon"}};
constexpr int kScenes = 16;

struct Scene {
  Image image;
  int text = 0, quarter = 0;
};

// Scene i shows emoji i in quarter i % 4, and three others.
std::vector<Scene> scenes() {
  const EmojiFont font("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf");
  std::vector<Scene> out;
  for (int i = 0; i < kScenes; ++i) {
    std::vector<Image> parts;
    for (int quarter = 0; quarter < 4; ++quarter) {
      const int which = (i + 5 * (quarter - i % 4) + 5 * kScenes) % kScenes;
      parts.push_back(font.draw(font.glyph(kEmoji[which].sequence)));
    }
    out.push_back({four_in_one(parts), i, i % 4});
  }
  return out;
}

Matrix encode_names(const Model& model) {
  std::vector<std::string> names;
  for (const Named& emoji : kEmoji) names.emplace_back(emoji.name);
  return Encoder(model).encode_texts(names).vectors;
}

class Faithfulness : public ::testing::TestWithParam<const char*> {
 protected:
  fs::path folder() const { return fs::path(SIGHTLINE_SOURCE_DIR) / "models" / GetParam(); }
};

TEST_P(Faithfulness, MapsPointAtTheNamedEmojiAndTheirCellsMatter) {
  const Model model = Model::load(folder());
  const Matrix texts = encode_names(model);
  const int cells = default_cells(model.info());
  ExplainOptions options;
  options.cells = cells;
  int right = 0;
  double gained = 0;
  for (const Scene& scene : scenes()) {
    const std::vector<float> pixels = model_pixels(scene.image, model.preprocess());
    const auto target = texts.row(scene.text);
    const HeatMap map = heat_map(model, pixels, target, options);
    right += hottest_quarter(map) == scene.quarter;
    const MaskedEncoder encoder(model, pixels, target, options);
    const double hottest = deletion_area(encoder, hottest_first(map), cells);
    const double random = deletion_area(
        encoder, random_order(cells * cells, static_cast<uint64_t>(scene.text)), cells);
    gained += (random - hottest) / kScenes;
  }
  RecordProperty("pointing", right);
  RecordProperty("deletion", std::to_string(gained));
  EXPECT_GE(right, 8) << "of 16; 4 by chance";  // 8 or more by chance: 2.7 %
  EXPECT_GT(gained, 0.05);
}

TEST_P(Faithfulness, ShuffledWeightsChangeTheMap) {
  const ScratchFolder scratch;
  shuffle_weights(folder(), scratch.path() / "shuffled", 3);
  const Model model = Model::load(folder());
  const Model shuffled = Model::load(scratch.path() / "shuffled");
  const Matrix texts = encode_names(model), other = encode_names(shuffled);
  double sum = 0, repeated = 0;
  for (const Scene& scene : scenes()) {
    const std::vector<float> pixels = model_pixels(scene.image, model.preprocess());
    const HeatMap map = heat_map(model, pixels, texts.row(scene.text));
    sum += rank_correlation(map, heat_map(shuffled, pixels, other.row(scene.text))) / kScenes;
    repeated += rank_correlation(map, heat_map(model, pixels, texts.row(scene.text))) / kScenes;
  }
  EXPECT_LT(std::abs(sum), 0.3);
  EXPECT_GT(repeated, 0.999);
}

INSTANTIATE_TEST_SUITE_P(Models, Faithfulness, ::testing::Values("emoji-vit-8", "emoji-rn"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(FaithfulnessMeasures, OnKnownMaps) {
  const HeatMap map{2, 2, {0.1f, 0.4f, 0.2f, 0.4f}};
  EXPECT_EQ(hottest_first(map), (std::vector<int>{1, 3, 2, 0}));
  EXPECT_EQ(hottest_quarter(map), 1);
  EXPECT_EQ(hottest_quarter({3, 3, {0, 0, 0, 0, 1, 0, 0, 0, 0}}), 3);
  EXPECT_EQ(hottest_quarter({3, 3, {0, 0, 0, 0, 0, 0, 1, 0, 0}}), 2);
  EXPECT_NEAR(rank_correlation(map, map), 1, 1e-12);
  EXPECT_NEAR(rank_correlation({1, 3, {1, 2, 3}}, {1, 3, {9, 5, 1}}), -1, 1e-12);
  EXPECT_TRUE(std::isnan(rank_correlation({1, 2, {1, 1}}, {1, 2, {1, 2}})));
}

}  // namespace
}  // namespace sightline
