// Configurations, query expansion and fusion.
#include <gtest/gtest.h>
#include <sightline/configuration.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "expect_error.h"
#include "search/expand_queries.h"
#include "search/fuse_texts.h"

namespace sightline {
namespace {

TEST(Configuration, IsReadAndWrittenAgain) {
  const Configuration c = parse_configuration(
      R"({"model": "m", "precision": "int8", "orientation": "stored", "decode": "fast", "resize": "squash",
          "templates": ["a {}"], "expansion_hits": 3, "expansion_weight": 0.5,
          "text_column": "keywords", "text_weight": 0.25, "store": "fp16"})",
      "c");
  EXPECT_EQ(c.precision, Precision::int8);
  EXPECT_EQ(c.orientation, OrientationProfile::stored);
  EXPECT_EQ(c.decode, DecodeProfile::fast);
  EXPECT_EQ(c.resize, PreprocessSpec::Resize::squash);
  EXPECT_TRUE(c.expansion.active());
  EXPECT_EQ(c.fusion.weight, 0.25);
  EXPECT_EQ(c.half_precision_store, true);
  EXPECT_EQ(parse_configuration(configuration_json(c), "again"), c);
  EXPECT_EQ(parse_configuration("{}", "empty"), Configuration{});
  EXPECT_EQ(configuration_json({}), "{}");
}

TEST(Configuration, RefusesWrongKeysAndValues) {
  const auto refuses = [](const std::string& json, const std::string& part) {
    test::expect_error(ErrorCode::invalid_data, part, [&] { parse_configuration(json, "c"); });
  };
  refuses(R"({"template": []})", "unknown key 'template'; did you mean 'templates'?");
  refuses(R"({"precision": "fp8"})", "expected one of \"fp32\", \"bf16\", \"int8\"");
  refuses(R"({"resize": "crop"})", "expected one of \"shortest\", \"squash\", \"longest\"");
  refuses(R"({"templates": ["photo"]})", "texts with {}");
  refuses(R"({"text_weight": 0.5})", "0 without 'text_column'");
  refuses(R"({"expansion_hits": -1})", "a whole number from 0 to 1000");
}

TEST(Expansion, AddsTheUnitSumOfTheBestHits) {
  Matrix images(3, 2);
  images.values = {1, 0, 0.6f, 0.8f, -1, 0};
  Matrix query(1, 2);
  query.values = {1, 0};
  expand_queries(VectorIndex::view(images), {2, 0.5}, query);
  // unit((1, 0) + 0.5 unit((1.6, 0.8)))
  const double x = 1 + 0.5 * 1.6 / std::sqrt(3.2), y = 0.5 * 0.8 / std::sqrt(3.2);
  EXPECT_NEAR(query.values[0], x / std::hypot(x, y), 1e-6);
  EXPECT_NEAR(query.values[1], y / std::hypot(x, y), 1e-6);
  const Matrix before = query;
  expand_queries(VectorIndex::view(images), {0, 0.5}, query);
  EXPECT_EQ(query.values, before.values);
  test::expect_error(ErrorCode::invalid_argument, "expansion", [&] {
    expand_queries(VectorIndex::view(images), {2, -1}, query);
  });
}

TEST(Fusion, TextsAreTheColumnsPartsWithoutCaptions) {
  const std::vector<std::string> captions = {"Red heart"};
  EXPECT_EQ(fusion_texts(captions, "love | red HEART | |  suit"),
            (std::vector<std::string>{"love", "suit"}));
  EXPECT_TRUE(fusion_texts(captions, "").empty());
}

TEST(Fusion, MixesTheImageWithTheMeanOfItsTexts) {
  TextTable table;
  table.add({"a", "b"});
  table.add({});
  table.add({"b"});
  EXPECT_EQ(table.texts, (std::vector<std::string>{"a", "b"}));
  Matrix texts(2, 2), images(3, 2);
  texts.values = {0, 1, 1, 0};
  images.values = {1, 0, 0, 1, 0, 0};
  fuse_vectors(table, texts, 0.25, images);
  const double x = 0.75 + 0.25 * std::sqrt(0.5), y = 0.25 * std::sqrt(0.5);
  EXPECT_NEAR(images.values[0], x / std::hypot(x, y), 1e-6);
  EXPECT_EQ(images.values[2], 0);  // without texts
  EXPECT_EQ(images.values[3], 1);
  EXPECT_EQ(images.values[4], 0);  // an image without a vector
  test::expect_error(ErrorCode::invalid_argument, "weight 2",
                     [&] { fuse_vectors(table, texts, 2, images); });
}

TEST(Configuration, AModelMayBeInTheFolderOfTheFile) {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("sightline-configuration-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const auto model_in = [&](const std::string& model) {
    std::ofstream(folder / "best.json") << R"({"model": ")" << model << R"("})";
    return read_configuration(folder / "best.json").model;
  };
  const std::string inside = (folder / "model").string();
  EXPECT_EQ(model_in("./model"), inside);
  EXPECT_EQ(model_in("./model+./model/adapter"), inside + "+" + inside + "/adapter");
  EXPECT_EQ(model_in("models/a+./model"), "models/a+" + inside);
  for (const char* model : {"models/a", "../a", "a+b", ".a", "/a/./b"})
    EXPECT_EQ(model_in(model), model);
  std::filesystem::remove_all(folder);
}

TEST(Templates, AreFilledAndAveraged) {
  const std::vector<std::string> texts = {"cat", "{}"}, forms = {"a {}", "{} and {}"};
  EXPECT_EQ(in_templates(texts, forms),
            (std::vector<std::string>{"a cat", "cat and cat", "a {}", "{} and {}"}));
  EXPECT_EQ(in_templates(texts, {}), texts);
  Matrix vectors(2, 2);
  vectors.values = {1, 0, 0, 1};
  const Matrix mean = mean_of_each(vectors, 2);
  EXPECT_EQ(mean.rows, 1);
  EXPECT_NEAR(mean.values[0], std::sqrt(0.5), 1e-6);
  const std::vector<std::string> wrong = {"photo"};
  test::expect_error(ErrorCode::invalid_argument, "has no {}", [&] { in_templates(texts, wrong); });
}

}  // namespace
}  // namespace sightline
