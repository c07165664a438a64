// Queries of several weighted terms, with filters, thresholds, orders and pages.
#include <gtest/gtest.h>
#include <sightline/encoder.h>
#include <sightline/error.h>
#include <sightline/search.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "expect_error.h"
#include "search/query_vectors.h"

namespace sightline {
namespace {

using test::expect_error;
const std::filesystem::path kRoot = SIGHTLINE_SOURCE_DIR;
constexpr int64_t kRows = 300, kDim = 16;

std::vector<float> random_unit(std::mt19937& random) {
  std::normal_distribution<double> normal;
  std::vector<double> values(kDim);
  double sum = 0;
  for (double& value : values) {
    value = normal(random);
    sum += value * value;
  }
  std::vector<float> unit;
  for (const double value : values) unit.push_back(static_cast<float>(value / std::sqrt(sum)));
  return unit;
}

// Row i has the id "y<i % 3>/<i>.jpg", the date 2000-<month i % 12>, except where i % 7 is 0, and
// the caption "even" or "odd".
EncodedDataset made() {
  EncodedDataset data;
  data.input.path = "data";
  data.vectors = Matrix(kRows, kDim);
  std::mt19937 random(7);
  for (int64_t i = 0; i < kRows; ++i) {
    std::ranges::copy(random_unit(random), data.vectors.row(i).begin());
    VectorItem item{"y" + std::to_string(i % 3) + "/" + std::to_string(i) + ".jpg",
                    {i % 2 == 0 ? "even" : "odd"},
                    {}};
    if (i % 7 != 0) item.fields["date"] = "2000-" + std::to_string(1 + i % 12);
    data.items.push_back(std::move(item));
  }
  return data;
}

class ComposedQuery : public testing::Test {
 protected:
  static std::vector<float> unit(unsigned seed) {
    std::mt19937 random(seed);
    return random_unit(random);
  }

  static QueryTerm term(unsigned seed, double weight = 1) {
    return {QueryType::vector, "v" + std::to_string(seed), {}, unit(seed), weight};
  }

  static Condition caption(const char* word) {
    return {.field = FilterField::caption, .texts = {word}};
  }

  static Condition folder(const char* name) {
    return {.field = FilterField::path, .texts = {name}};
  }

  std::vector<int64_t> rows_of(const Query& query, const CollectionSearchOptions& options) const {
    const SearchResult result = search_collection(*collection_, {&query, 1}, options);
    std::vector<int64_t> rows;
    int64_t rank = options.offset;
    for (const SearchHit& hit : result.queries[0].hits) {
      EXPECT_EQ(hit.rank, ++rank);
      rows.push_back(hit.row);
    }
    return rows;
  }

  // The definition: rows by the cosine to the weighted sum in double, of those that meet `allowed`.
  std::vector<std::pair<double, int64_t>> by_definition(
      const std::vector<QueryTerm>& terms, const std::function<bool(int64_t)>& allowed) const {
    std::vector<double> sum(kDim);
    for (const QueryTerm& one : terms) {
      for (size_t d = 0; d < sum.size(); ++d) sum[d] += one.weight * one.vector[d];
    }
    double norm = 0;
    for (const double value : sum) norm += value * value;
    std::vector<std::pair<double, int64_t>> found;
    for (int64_t row = 0; row < kRows; ++row) {
      if (!allowed(row)) continue;
      double product = 0;
      for (size_t d = 0; d < sum.size(); ++d)
        product += sum[d] / std::sqrt(norm) * collection_->vectors().row(row)[d];
      found.emplace_back(product, row);
    }
    std::ranges::stable_sort(found, [](const auto& a, const auto& b) { return a.first > b.first; });
    return found;
  }

  std::unique_ptr<Collection> collection_ = dataset_collection(made());
};

TEST_F(ComposedQuery, IsTheWeightedSumOfItsTerms) {
  Query query{.name = "sum"};
  query.terms = {term(1), term(2, 2), term(3, -0.5)};
  const auto expected = by_definition(query.terms, [](int64_t) { return true; });
  const SearchResult result = search_collection(*collection_, {&query, 1}, {.k = 20});
  ASSERT_EQ(result.queries[0].hits.size(), 20u);
  for (size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(result.queries[0].hits[i].row, expected[i].second);
    EXPECT_NEAR(result.queries[0].hits[i].similarity, expected[i].first, 1e-6);
  }
  // Neither the length of a term nor a common factor matters.
  Query scaled = query;
  for (QueryTerm& one : scaled.terms) {
    one.weight *= 1e200;
    for (float& value : one.vector) value *= 3;
  }
  EXPECT_EQ(rows_of(scaled, {.k = 20}), rows_of(query, {.k = 20}));
  // Only a negative term: the most unlike first.
  const Query unlike{.name = "-v1", .terms = {term(1, -1)}};
  std::vector<int64_t> reversed = rows_of({.name = "v1", .terms = {term(1)}}, {.k = kRows});
  std::ranges::reverse(reversed);
  EXPECT_EQ(rows_of(unlike, {.k = kRows}), reversed);
}

TEST_F(ComposedQuery, OneTermIsUsedAsItIs) {
  const Query plain = vector_query("long", {3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  Query filtered = plain;
  filtered.filter.conditions = {caption("even")};
  const Query both[] = {plain, filtered};
  const SearchResult result = search_collection(*collection_, both, {.k = 10});
  for (const QueryHits& answer : result.queries) {
    for (const SearchHit& hit : answer.hits)
      EXPECT_EQ(hit.similarity, 3.0 * static_cast<double>(collection_->vectors().row(hit.row)[0]));
  }
  EXPECT_FALSE(result.queries[0].query);
  EXPECT_EQ(result.queries[0].matching, kRows);
  ASSERT_TRUE(result.queries[1].query);
  EXPECT_TRUE(result.queries[1].query->terms[0].vector.empty());
  EXPECT_EQ(result.queries[1].matching, kRows / 2);
}

TEST_F(ComposedQuery, FindsTheItemsOfAFilterOnly) {
  std::vector<Query> queries;
  std::vector<std::function<bool(int64_t)>> allowed;
  const auto add = [&](std::vector<Condition> conditions, std::function<bool(int64_t)> holds) {
    Query query{.name = "q", .terms = {term(4)}, .filter = {std::move(conditions)}};
    queries.push_back(std::move(query));
    allowed.push_back(std::move(holds));
  };
  Condition not_y1 = folder("y1");
  not_y1.negated = true;
  add({}, [](int64_t) { return true; });
  add({caption("even")}, [](int64_t row) { return row % 2 == 0; });
  add({folder("y1"), caption("even")}, [](int64_t row) { return row % 2 == 0 && row % 3 == 1; });
  add({not_y1}, [](int64_t row) { return row % 3 != 1; });
  add({caption("even")}, [](int64_t row) { return row % 2 == 0; });
  add({{.field = FilterField::name, .texts = {"17"}}}, [](int64_t row) { return row == 17; });
  add({caption("neither")}, [](int64_t) { return false; });
  const SearchResult result = search_collection(*collection_, queries, {.k = 120});
  for (size_t q = 0; q < queries.size(); ++q) {
    const auto expected = by_definition(queries[q].terms, allowed[q]);
    EXPECT_EQ(result.queries[q].matching, static_cast<int64_t>(expected.size()));
    ASSERT_EQ(result.queries[q].hits.size(), std::min<size_t>(120, expected.size())) << q;
    for (size_t i = 0; i < result.queries[q].hits.size(); ++i)
      EXPECT_EQ(result.queries[q].hits[i].row, expected[i].second);
  }
}

TEST_F(ComposedQuery, PagesAreStable) {
  const Query query{.name = "q", .terms = {term(5)}, .filter = {{caption("odd")}}};
  const std::vector<int64_t> all = rows_of(query, {.k = kRows});
  ASSERT_EQ(all.size(), 150u);
  std::vector<int64_t> pages;
  for (int64_t offset = 0; offset < 200; offset += 7) {
    for (const int64_t row : rows_of(query, {.k = 7, .offset = offset})) pages.push_back(row);
  }
  EXPECT_EQ(pages, all);
  EXPECT_TRUE(rows_of(query, {.k = 7, .offset = std::numeric_limits<int64_t>::max()}).empty());
  EXPECT_EQ(rows_of(query, {.k = std::numeric_limits<int>::max(), .offset = 1}).size(), 149u);
}

TEST_F(ComposedQuery, ThresholdsAreExact) {
  Query query{.name = "q", .terms = {term(6)}};
  const auto hits = search_collection(*collection_, {&query, 1}, {.k = 50}).queries[0].hits;
  query.min_similarity = hits[9].similarity;
  EXPECT_EQ(rows_of(query, {.k = 50}).size(), 10u);
  query.min_similarity = std::nextafter(hits[9].similarity, 2.0);
  EXPECT_EQ(rows_of(query, {.k = 50}).size(), 9u);
  // The stricter of the two thresholds.
  EXPECT_EQ(rows_of(query, {.k = 50, .min_similarity = hits[3].similarity}).size(), 4u);
  EXPECT_EQ(rows_of(query, {.k = 50, .min_similarity = hits[20].similarity}).size(), 9u);
}

TEST_F(ComposedQuery, SortsByDateAndPath) {
  const auto month = [](int64_t row) { return row % 7 == 0 ? 99 : row % 12; };
  Query list{.name = "even", .filter = {{caption("even")}}};
  std::vector<int64_t> expected;
  for (int64_t row = 0; row < kRows; row += 2) expected.push_back(row);
  std::ranges::stable_sort(expected, {}, month);
  EXPECT_EQ(rows_of(list, {.k = kRows}), expected);
  const SearchResult listed = search_collection(*collection_, {&list, 1}, {.k = 3, .offset = 2});
  EXPECT_EQ(listed.queries[0].hits[0].row, expected[2]);
  EXPECT_TRUE(
      nlohmann::json::parse(search_json(listed))["queries"][0]["hits"][0]["similarity"].is_null());
  list.order = {SortKey::date, true};
  const std::vector<int64_t> newest = rows_of(list, {.k = kRows});
  ASSERT_EQ(newest.size(), expected.size());
  EXPECT_EQ(month(newest.front()), 10);
  EXPECT_EQ(month(newest.back()), 99);
  // Ties are in row order in both directions.
  for (size_t i = 1; i < newest.size(); ++i) {
    const int64_t a = month(newest[i - 1]), b = month(newest[i]);
    EXPECT_TRUE(b == 99 || a > b || (a == b && newest[i - 1] < newest[i])) << i;
  }
  list.order = {SortKey::path, false};
  const std::vector<int64_t> paths = rows_of(list, {.k = 3});
  EXPECT_EQ(paths, (std::vector<int64_t>{0, 102, 108}));  // y0/0, y0/102, y0/108
}

TEST_F(ComposedQuery, SortsTheBestOrAllAboveTheThreshold) {
  Query query{.name = "q", .terms = {term(8)}};
  const std::vector<int64_t> best = rows_of(query, {.k = 10});
  const double tenth =
      search_collection(*collection_, {&query, 1}, {.k = 10}).queries[0].hits[9].similarity;
  query.order = {SortKey::path, false};
  std::vector<int64_t> sorted = rows_of(query, {.k = 10});
  EXPECT_NE(sorted, best);
  EXPECT_TRUE(std::ranges::is_permutation(sorted, best));
  query.min_similarity = tenth;
  EXPECT_EQ(rows_of(query, {.k = 100}), sorted);
  std::vector<int64_t> pages = rows_of(query, {.k = 4});
  for (const int64_t row : rows_of(query, {.k = 6, .offset = 4})) pages.push_back(row);
  EXPECT_EQ(pages, sorted);
}

TEST_F(ComposedQuery, FindsItemsByIdAndItsEnd) {
  EXPECT_EQ(collection_->find_item("y2/17.jpg"), 17);
  EXPECT_EQ(collection_->find_item("17.jpg"), 17);
  EXPECT_FALSE(collection_->find_item("7.jp"));
  EXPECT_FALSE(collection_->find_item("17"));
  const Query like = item_query("17.jpg");
  const SearchResult result = search_collection(*collection_, {&like, 1}, {.k = 1});
  EXPECT_EQ(result.queries[0].hits[0].row, 17);
  EXPECT_NEAR(result.queries[0].hits[0].similarity, 1, 1e-6);
  EXPECT_EQ(nlohmann::json::parse(search_json(result))["queries"][0]["item"], "17.jpg");
  const Query none = item_query("none.jpg");
  expect_error(ErrorCode::not_found, "no item of 'data' is named 'none.jpg'", [&] {
    search_collection(*collection_, {&none, 1});
  });
  std::vector<EncodedDataset> two = {made(), made()};
  two[1].input.path = "other";
  const auto both = dataset_collection(std::move(two));
  EXPECT_EQ(both->find_item("other/y2/17.jpg"), kRows + 17);
  expect_error(ErrorCode::invalid_argument,
               "'17.jpg' is the end of 2 ids, such as 'data/y2/17.jpg'",
               [&] { both->find_item("17.jpg"); });
  EXPECT_EQ(both->rows_matching({{folder("other")}}).count(), kRows);
}

TEST_F(ComposedQuery, IsInTheJson) {
  Query query{.name = "a + -b caption:even", .terms = {term(1), term(2, -1)}};
  query.filter.conditions = {caption("even")};
  query.order = {SortKey::date, true};
  const auto json =
      nlohmann::json::parse(search_json(search_collection(*collection_, {&query, 1}, {.k = 1})));
  const auto& answer = json["queries"][0];
  EXPECT_EQ(answer["query"], "a + -b caption:even");
  EXPECT_EQ(answer["terms"],
            (nlohmann::json{{{"vector", "v1"}}, {{"vector", "v2"}, {"weight", -1}}}));
  EXPECT_EQ(answer["filter"], (nlohmann::json{{{"field", "caption"}, {"texts", {"even"}}}}));
  EXPECT_EQ(answer["sort"], "-date");
  EXPECT_EQ(answer["matching"], 150);
  EXPECT_EQ(answer["hits"].size(), 1u);
}

TEST_F(ComposedQuery, RejectsWhatCannotBeSearched) {
  const auto refused = [&](const Query& query, const char* why,
                           const CollectionSearchOptions& options = {}) {
    expect_error(ErrorCode::invalid_argument, why, [&] {
      search_collection(*collection_, {&query, 1}, options);
    });
  };
  refused({.name = "cat -cat", .terms = {term(1), term(1, -1)}}, "the terms of 'cat -cat' cancel");
  refused({.name = "none"}, "the query 'none' has neither terms nor a filter");
  refused({.name = "q", .terms = {term(1, 0)}}, "the weight 0");
  refused({.name = "q", .terms = {term(1, std::numeric_limits<double>::infinity())}}, "weight inf");
  refused({.name = "q", .terms = {term(1)}, .min_similarity = std::nan("")}, "is NaN");
  refused({.name = "q", .terms = {term(1)}, .filter = {{caption("!")}}}, "has no word");
  QueryTerm zero = term(1, 2);
  zero.vector.assign(kDim, 0);
  refused({.name = "q", .terms = {zero}}, "the vector of 'v1' is zero");
  refused({.name = "q", .terms = {term(1)}}, "the offset of a search is -1", {.offset = -1});
  refused({.name = "q", .terms = {term(1)}}, "threshold is NaN", {.min_similarity = std::nan("")});
  refused({.name = "q", .terms = {term(1)}}, "for 0 hits per query", {.k = 0});
}

// The text of one term equals that of a text alone; terms of several types are one vector.
TEST(ComposedQueryWithModel, AddsTextsImagesAndVectors) {
  const Model model = Model::load(kRoot / "models/emoji-vit-8");
  const Encoder encoder(model);
  const std::string texts[] = {"a red heart", "a cat"};
  const Matrix encoded = encoder.encode_texts(texts).vectors;
  EncodedDataset data;
  data.input.path = "data";
  data.vectors = encoded;
  data.items = {{"heart", {}, {}}, {"cat", {}, {}}};
  data.provenance = provenance_of(model, VectorKind::images);
  const auto collection = dataset_collection(std::move(data));
  Query sum{.name = "heart + cat"};
  sum.terms = {{QueryType::text, texts[0]}, {QueryType::text, texts[1], {}, {}, 2}};
  std::vector<std::string> warnings;
  const Query queries[] = {text_query(texts[0]), sum};
  const Matrix vectors = query_vectors(queries, *collection, &model, {}, nullptr, warnings).vectors;
  double norm = 0;
  std::vector<double> expected;
  for (int64_t d = 0; d < encoded.dim; ++d) {
    const auto at = static_cast<size_t>(d);
    expected.push_back(encoded.row(0)[at] + 2.0 * encoded.row(1)[at]);
    norm += expected.back() * expected.back();
  }
  for (int64_t d = 0; d < encoded.dim; ++d) {
    const auto at = static_cast<size_t>(d);
    EXPECT_NEAR(vectors.row(0)[at], encoded.row(0)[at], 1e-6);
    EXPECT_NEAR(vectors.row(1)[at], expected[at] / std::sqrt(norm), 1e-6);
  }
}

}  // namespace
}  // namespace sightline
