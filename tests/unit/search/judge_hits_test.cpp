// Significance as part of a search: pages, orders, filters and JSON.
#include <gtest/gtest.h>
#include <sightline/encoder.h>
#include <sightline/search.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "search/judge_hits.h"

namespace sightline {
namespace {

constexpr int64_t kDim = 16, kImages = 5000;

Matrix unit_vectors(Random& random, int64_t rows) {
  Matrix out(rows, kDim);
  for (int64_t i = 0; i < rows; ++i) {
    double squares = 0;
    for (float& x : out.row(i)) {
      x = static_cast<float>(random.normal());
      squares += x * x;
    }
    for (float& x : out.row(i)) x = static_cast<float>(x / std::sqrt(squares));
  }
  return out;
}

class JudgeHits : public testing::Test {
 protected:
  // Row 7 is about query 0, nothing is about query 1.
  void SetUp() override {
    Random random{1};
    background_ = unit_vectors(random, 400);
    queries_ = unit_vectors(random, 2);
    EncodedDataset data;
    data.input.path = "data";
    data.vectors = unit_vectors(random, kImages);
    std::ranges::copy(queries_.row(0), data.vectors.row(7).begin());
    for (int64_t i = 0; i < kImages; ++i) {
      VectorItem item{std::to_string(i) + ".png", {}, {}};
      item.fields["date"] = i % 2 == 0 ? "2020-01-01" : "2021-01-01";
      data.items.push_back(std::move(item));
    }
    collection_ = dataset_collection(std::move(data));
    null_ = std::make_unique<NullModel>(estimate_null_model(*collection_, background_));
  }

  // Judges the hits as those of a text query with this vector.
  QueryHits judged(int64_t query, CollectionSearchOptions options, const Query& like = {}) const {
    Query text = like;
    text.name = "text";
    text.terms = {{.type = QueryType::text, .name = "text"}};
    Matrix vector(1, kDim);
    std::ranges::copy(queries_.row(query), vector.row(0).begin());
    SearchStatistics statistics;
    const auto found = find_rows(*collection_, {&text, 1}, vector, options, statistics);
    std::vector<QueryHits> answers(1);
    judge_hits(*null_, {&text, 1}, vector, found, kImages, {}, answers);
    return answers[0];
  }

  Matrix background_, queries_;
  std::unique_ptr<Collection> collection_;
  std::unique_ptr<NullModel> null_;
};

TEST_F(JudgeHits, TheSampleIsOfTheWholeCollectionAndAlwaysTheSame) {
  EXPECT_EQ(null_->rows(), 4096);
  EXPECT_EQ(null_->texts(), 400);
  EXPECT_EQ(estimate_null_model(*collection_, background_).serialize(), null_->serialize());
}

TEST_F(JudgeHits, MatchesAreTold) {
  const auto match = judged(0, {.k = 20}), none = judged(1, {.k = 20});
  ASSERT_TRUE(match.significance && none.significance);
  EXPECT_EQ(match.significance->verdict, Verdict::match);
  EXPECT_EQ(match.significance->matches, 1);
  ASSERT_EQ(match.significance->hits.size(), 20u);
  EXPECT_LT(match.significance->hits[0].q, 0.05);
  EXPECT_GT(match.significance->hits[1].q, 0.05);
  EXPECT_NE(none.significance->verdict, Verdict::match);
}

TEST_F(JudgeHits, PagesAndOrdersKeepTheSignificanceOfAHit) {
  const auto whole = judged(0, {.k = 20});
  const auto page = judged(0, {.k = 5, .offset = 15});
  ASSERT_EQ(page.significance->hits.size(), 5u);
  EXPECT_EQ(page.significance->verdict, Verdict::match);
  EXPECT_EQ(page.significance->matches, 1);
  EXPECT_EQ(page.significance->p, whole.significance->p);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(page.significance->hits[i].q, whole.significance->hits[i + 15].q);
  }
  Query by_date;
  by_date.order = {SortKey::date, true};
  const auto sorted = judged(0, {.k = 20}, by_date);
  ASSERT_EQ(sorted.significance->hits.size(), 20u);
  EXPECT_EQ(sorted.significance->p, whole.significance->p);
  EXPECT_EQ(std::ranges::count_if(sorted.significance->hits,
                                  [](const auto& hit) { return hit.q <= 0.05; }),
            1);
}

TEST_F(JudgeHits, FewerImagesAreLessLikelyToMatchByChance) {
  Query some;
  some.filter.conditions = {{.field = FilterField::name, .texts = {"7.png", "8.png", "9.png"}}};
  const auto few = judged(0, {.k = 20}, some), all = judged(0, {.k = 20});
  ASSERT_EQ(few.significance->hits.size(), 3u);
  EXPECT_LT(few.significance->p, all.significance->p);
  some.filter.conditions[0].texts = {"none.png"};
  const auto nothing = judged(0, {.k = 20}, some);
  EXPECT_EQ(nothing.significance->verdict, Verdict::no_match);
  EXPECT_TRUE(nothing.significance->hits.empty());
}

TEST_F(JudgeHits, OnlyTextsAreJudged) {
  const Query query = vector_query("v", {queries_.row(0).begin(), queries_.row(0).end()});
  const auto result = search_collection(*collection_, {&query, 1}, {.null_model = null_.get()});
  EXPECT_FALSE(result.queries[0].significance);
}

// The whole way with a model: the vector of one text stands for an image that it describes.
TEST(JudgeHitsOfAModel, ATextFindsItsImage) {
  const Model model =
      Model::load((std::filesystem::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-vit-8").string());
  const Encoder encoder(model);
  const std::vector<std::string> texts = {"a red heart"};
  const Matrix heart = encoder.encode_texts(texts).vectors;
  Random random{2};
  EncodedDataset data;
  data.input.path = "data";
  data.vectors = Matrix(300, heart.dim);
  for (int64_t i = 0; i < 300; ++i) {
    auto row = data.vectors.row(i);
    for (float& x : row) x = static_cast<float>(random.normal());
    if (i == 5) std::ranges::copy(heart.row(0), row.begin());
    double squares = 0;
    for (const float x : row) squares += x * x;
    for (float& x : row) x = static_cast<float>(x / std::sqrt(squares));
    data.items.push_back({std::to_string(i), {}, {}});
  }
  data.provenance = provenance_of(model, VectorKind::images);
  const auto collection = dataset_collection(std::move(data));
  const NullModel null = estimate_null_model(*collection, model);
  const std::vector<std::string> templates = {"a photo of a {}"};
  EXPECT_EQ(null.serialize(),
            estimate_null_model(*collection, encoder.encode_texts(background_texts()).vectors)
                .serialize());
  EXPECT_NE(null.serialize(), estimate_null_model(*collection, model, templates).serialize());

  Query sum = text_query("a red heart");
  sum.terms.push_back({.type = QueryType::text, .name = "a train", .weight = -0.5});
  Query near = item_query("5");
  near.terms.push_back({.type = QueryType::text, .name = "a train"});
  const std::vector<Query> queries = {text_query("a red heart"), sum, near};
  const auto result = search_collection(*collection, model, queries, {.k = 5, .null_model = &null});
  ASSERT_TRUE(result.queries[0].significance && result.queries[1].significance);
  EXPECT_EQ(result.queries[0].significance->verdict, Verdict::match);
  EXPECT_EQ(result.queries[0].significance->matches, 1);
  EXPECT_EQ(result.queries[1].significance->hits.size(), 5u);
  EXPECT_FALSE(result.queries[2].significance);  // a term is an image
  const auto without = search_collection(*collection, model, queries, {.k = 5});
  EXPECT_FALSE(without.queries[0].significance);
}

TEST_F(JudgeHits, JsonHasIt) {
  SearchResult result;
  result.queries.resize(2);
  result.queries[0].hits.resize(2);
  result.queries[0].significance = Significance{Verdict::match, 0.01, 1, {{0.001, 0.02}, {0.5, 1}}};
  result.queries[1].hits.resize(1);
  const auto json = nlohmann::json::parse(search_json(result));
  EXPECT_EQ(json["queries"][0]["significance"],
            nlohmann::json({{"verdict", "match"}, {"p", 0.01}, {"matches", 1}}));
  EXPECT_EQ(json["queries"][0]["hits"][0]["q"], 0.02);
  EXPECT_EQ(json["queries"][0]["hits"][1]["p"], 0.5);
  EXPECT_FALSE(json["queries"][1].contains("significance"));
  EXPECT_FALSE(json["queries"][1]["hits"][0].contains("q"));
}

}  // namespace
}  // namespace sightline
