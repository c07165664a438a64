// Explanations of queries, and turning them upright.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/explain.h>

#include <cmath>
#include <filesystem>

#include "image/exif.h"
#include "image/write_png.h"

namespace sightline {
namespace {

const Model& model() {
  static const Model loaded =
      Model::load(std::filesystem::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-vit-8");
  return loaded;
}

// A collection of one image, whose vector is the first unit vector.
const Collection& collection() {
  static const std::unique_ptr<Collection> made = [] {
    EncodedDataset data;
    data.vectors = Matrix(1, model().info().embedding_dim);
    data.vectors.values[0] = 1;
    data.items = {{"a.png", {"a square"}, {}}};
    data.provenance = provenance_of(model(), VectorKind::images);
    return dataset_collection(std::move(data));
  }();
  return *made;
}

std::vector<uint8_t> red_square() {
  Image image{64, 64, std::vector<uint8_t>(size_t{3} * 64 * 64, 255)};
  for (size_t i = 0; i < 3 * 64 * 32; i += 3) image.pixels[i + 1] = image.pixels[i + 2] = 0;
  return encode_png(image);
}

Explanation explained(const Query& query, const ExplainOptions& options = {}) {
  return explain_query(collection(), model(), red_square(), "a.png", query, nullptr, options);
}

TEST(ExplainQuery, OneTextIsExplainedAsByExplain) {
  const Explanation query = explained(text_query("a red square"));
  const Explanation text = explain(model(), red_square(), "a.png", "a red square");
  EXPECT_NEAR(query.similarity, text.similarity, 1e-6);
  ASSERT_EQ(query.words.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(query.words[i].word, text.words[i].word);
    EXPECT_NEAR(query.words[i].contribution, text.words[i].contribution, 1e-5);
  }
  for (size_t i = 0; i < text.heat.values.size(); ++i)
    EXPECT_NEAR(query.heat.values[i], text.heat.values[i], 1e-5);
  EXPECT_EQ(query.parts, std::vector<int64_t>{1});
  EXPECT_EQ(query.vector.size(), static_cast<size_t>(model().info().embedding_dim));
}

TEST(ExplainQuery, ATermIsLeftOutWithItsLastWord) {
  const Explanation both = explained(parse_query("\"a red square\" -\"blue sky\""));
  const Explanation less = explained(parse_query("\"a red square\" -sky"));
  const Explanation first = explained(parse_query("\"a red square\""));
  ASSERT_EQ(both.words.size(), 5u);
  EXPECT_EQ(both.words[3].word, "blue");
  EXPECT_EQ(both.words[3].term, 1u);
  EXPECT_NEAR(both.words[3].contribution, both.similarity - less.similarity, 1e-6);
  EXPECT_NEAR(less.words[3].contribution, less.similarity - first.similarity, 1e-6);
}

TEST(ExplainQuery, ItemsHaveNoWords) {
  const Explanation like = explained(parse_query("like:a.png"));
  EXPECT_TRUE(like.words.empty());
  double squares = 0;
  for (const float x : like.vector) squares += static_cast<double>(x) * static_cast<double>(x);
  EXPECT_NEAR(like.similarity, like.vector[0] / std::sqrt(squares), 1e-5);
  const Explanation mixed = explained(parse_query("red like:a.png"));
  ASSERT_EQ(mixed.words.size(), 1u);
  EXPECT_NEAR(mixed.words[0].contribution, mixed.similarity - like.similarity, 1e-6);
}

TEST(ExplainQuery, TermsMayCancelWithoutAWord) {
  const Explanation cancelled = explained(parse_query("\"red square\" -red"));
  ASSERT_EQ(cancelled.words.size(), 3u);
  EXPECT_EQ(cancelled.words[1].word, "square");
  EXPECT_NEAR(cancelled.words[1].contribution, cancelled.similarity, 1e-6);
}

TEST(ExplainQuery, LongTextsAreReadInParts) {
  std::string text;
  for (int i = 0; i < 25; ++i) text += "a red square. ";
  const Explanation explanation = explained(text_query(text));
  EXPECT_GT(explanation.parts.at(0), 1);
  EXPECT_FALSE(explanation.kept_text);
}

TEST(ExplainQuery, RefusesQueriesWithoutWordsOrWithTooMany) {
  const auto code = [](const Query& query, const ExplainOptions& options = {}) {
    try {
      explained(query, options);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::internal;
  };
  EXPECT_EQ(code(parse_query("in:2019")), ErrorCode::invalid_argument);
  EXPECT_EQ(code(parse_query("red -red")), ErrorCode::invalid_argument);
  EXPECT_EQ(code(parse_query("like:nowhere.png")), ErrorCode::not_found);
  ExplainOptions few;
  few.max_words = 2;
  EXPECT_EQ(code(text_query("a red square"), few), ErrorCode::invalid_argument);
  EXPECT_EQ(explained(text_query("red square"), few).words.size(), 2u);
}

// The map of 3 x 2 cells, turned as pixels, is the same as turned as a map.
TEST(UprightExplanation, TurnsAsImagesAreTurned) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    Explanation stored;
    stored.heat = {3, 2, {0, 1, 2, 3, 4, 5}};
    stored.width = 20;
    stored.height = 30;
    stored.orientation = orientation;
    stored.input = stored.seen = {5, 0, 10, 20};  // left: 5, right: 5, top: 0, below: 10
    Raster raster;
    raster.mode = PixelMode::l;
    raster.width = 2;
    raster.height = 3;
    raster.pixels = {0, 1, 2, 3, 4, 5};
    raster.orientation = orientation;
    image::apply_orientation(raster);
    const Explanation upright = upright_explanation(stored);
    EXPECT_EQ(upright.heat.columns, raster.width) << orientation;
    EXPECT_EQ(upright.width, orientation >= 5 ? 30 : 20) << orientation;
    EXPECT_EQ(upright.orientation, 1);
    for (size_t i = 0; i < 6; ++i)
      EXPECT_EQ(upright.heat.values[i], static_cast<float>(raster.pixels[i])) << orientation;
    EXPECT_EQ(upright.seen.width, orientation >= 5 ? 20 : 10) << orientation;
  }
  Explanation turned;
  turned.heat = {1, 1, {0}};
  turned.width = 20;
  turned.height = 30;
  turned.orientation = 6;  // the stored top is the right side
  turned.input = turned.seen = {5, 0, 10, 20};
  turned = upright_explanation(turned);
  EXPECT_EQ(turned.seen.left, 10);
  EXPECT_EQ(turned.seen.top, 5);
}

TEST(NearestCaptions, AreInTheOrderOfTheirSimilarities) {
  const Explanation red = explain(model(), red_square(), "a.png", "red");
  const std::vector<std::string> captions = {"a dog", "a red square", " ", "the moon", "a dog"};
  const NearestCaptions nearest = nearest_captions(captions, model(), red.vector, 5);
  EXPECT_EQ(nearest.compared, 3);
  ASSERT_EQ(nearest.captions.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    const Explanation one = explain(model(), red_square(), "a.png", nearest.captions[i].text);
    EXPECT_NEAR(nearest.captions[i].similarity, one.similarity, 1e-6);
    if (i == 0) continue;
    EXPECT_LE(nearest.captions[i].similarity, nearest.captions[i - 1].similarity);
  }
  const NearestCaptions first = nearest_captions(captions, model(), red.vector, 1);
  ASSERT_EQ(first.captions.size(), 1u);
  EXPECT_EQ(first.captions[0].text, nearest.captions[0].text);
}

TEST(NearestCaptions, RefusesInvalidArguments) {
  const std::vector<std::string> captions = {"a dog"};
  const std::vector<float> vector(256, 1.0f), zero(256), wrong(7);
  const auto code = [&](std::span<const float> image, int k) {
    try {
      nearest_captions(captions, model(), image, k);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::internal;
  };
  EXPECT_EQ(code(vector, 0), ErrorCode::invalid_argument);
  EXPECT_EQ(code(wrong, 1), ErrorCode::invalid_argument);
  EXPECT_EQ(code(zero, 1), ErrorCode::invalid_data);
  EXPECT_EQ(nearest_captions({}, model(), vector, 1).compared, 0);
}

TEST(CaptionsOfCollections, AreOfAllImagesOrOfTheNearest) {
  EncodedDataset data;
  data.vectors = Matrix(3, 2);
  data.vectors.values = {1, 0, 0, 1, 0.8f, 0.6f};
  data.items = {{"a", {"one", "two"}, {}}, {"b", {"three"}, {}}, {"c", {"two", " ", "four"}, {}}};
  data.provenance.unit_length = true;
  const auto made = dataset_collection(std::move(data));
  EXPECT_EQ(captions_of(*made),
            (std::vector<std::string>{"one", "two", "three", "two", " ", "four"}));
  const std::vector<float> near = {2, 0};
  EXPECT_EQ(captions_near(*made, near, 2, 10), (std::vector<std::string>{"one", "two", "four"}));
  EXPECT_EQ(captions_near(*made, near, 2, 2), (std::vector<std::string>{"one", "two"}));
}

}  // namespace
}  // namespace sightline
