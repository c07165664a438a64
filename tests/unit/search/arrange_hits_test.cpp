// Near-duplicates are folded and hits made diverse as defined, whatever page is asked for.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/image_properties.h>
#include <sightline/search.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "expect_error.h"

namespace sightline {
namespace {

using test::expect_error;
constexpr int64_t kRows = 2300, kDim = 12, kPortion = 1000;
constexpr int64_t kFamilies = 700;  // of near-duplicates

std::vector<float> unit(std::vector<double> values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  std::vector<float> out;
  for (const double value : values) out.push_back(static_cast<float>(value / std::sqrt(sum)));
  return out;
}

std::vector<double> random_values(std::mt19937& random, double scale) {
  std::normal_distribution<double> normal(0, scale);
  std::vector<double> values(kDim);
  for (double& value : values) value = normal(random);
  return values;
}

// Each row is near to one of kFamilies directions.
EncodedDataset made() {
  EncodedDataset data;
  data.input.path = "data";
  data.vectors = Matrix(kRows, kDim);
  std::mt19937 random(11);
  std::vector<std::vector<double>> families;
  for (int64_t i = 0; i < kFamilies; ++i) families.push_back(random_values(random, 1));
  for (int64_t i = 0; i < kRows; ++i) {
    std::vector<double> values = families[random() % kFamilies];
    const std::vector<double> noise = random_values(random, 0.08);
    for (size_t d = 0; d < values.size(); ++d) values[d] += noise[d];
    std::ranges::copy(unit(values), data.vectors.row(i).begin());
    VectorItem item{std::to_string(i) + ".jpg", {i % 3 == 0 ? "third" : "other"}, {}};
    item.fields["date"] = std::to_string(2000 + i % 20);
    data.items.push_back(std::move(item));
  }
  return data;
}

// A collection with perceptual hashes: of some rows none, of some 0, and of the others one of few
// values with some bits flipped.
class HashedCollection : public Collection {
 public:
  explicit HashedCollection(bool hashed) : data_(dataset_collection(made())) {
    std::mt19937_64 random(3);
    const std::vector<uint64_t> values = {random(), random()};
    for (int64_t row = 0; row < kRows; ++row) {
      uint64_t hash = values[random() % values.size()];
      for (uint64_t flips = random() % 7; flips > 0; --flips) hash ^= uint64_t{1} << random() % 64;
      std::optional<uint64_t> one = hash;
      if (row % 10 == 0) one = 0;
      if (row % 10 == 1 || !hashed) one = std::nullopt;
      hashes_.push_back(one);
    }
  }

  CollectionType type() const override { return data_->type(); }
  const std::filesystem::path& path() const override { return data_->path(); }
  const std::vector<CollectionPart>& parts() const override { return data_->parts(); }
  const VectorIndex& vectors() const override { return data_->vectors(); }
  const std::optional<VectorProvenance>& provenance() const override { return data_->provenance(); }
  const std::optional<CollectionEncoding>& encoding() const override { return data_->encoding(); }
  std::vector<VectorItem> items(std::span<const int64_t> rows) const override {
    return data_->items(rows);
  }
  std::vector<std::optional<uint64_t>> perceptual_hashes(
      std::span<const int64_t> rows) const override {
    std::vector<std::optional<uint64_t>> out;
    for (const int64_t row : rows) out.push_back(hashes_[static_cast<size_t>(row)]);
    return out;
  }
  std::vector<std::vector<uint8_t>> read_images(std::span<const VectorItem>) const override {
    return {};
  }
  std::vector<std::string> warnings() const override { return {}; }

  const std::optional<uint64_t>& hash(int64_t row) const {
    return hashes_[static_cast<size_t>(row)];
  }

 private:
  std::unique_ptr<Collection> data_;
  std::vector<std::optional<uint64_t>> hashes_;
};

// Expected results.
struct Ranked {
  int64_t row = 0;
  double similarity = 0;
  std::vector<int64_t> duplicates = {};
  bool operator==(const Ranked&) const = default;
};

class ArrangeHits : public testing::TestWithParam<bool> {
 protected:
  ArrangeHits() : collection_(GetParam()) {}

  double dot(std::span<const float> a, std::span<const float> b) const {
    double sum = 0;
    for (size_t d = 0; d < a.size(); ++d) sum += static_cast<double>(a[d]) * b[d];
    return sum;
  }
  double cosine(int64_t a, int64_t b) const {
    return dot(collection_.vectors().row(a), collection_.vectors().row(b));
  }

  std::vector<Ranked> ranking(const Query& query,
                              const std::function<bool(int64_t)>& allowed = {}) const {
    std::vector<Ranked> out;
    for (int64_t row = 0; row < kRows; ++row) {
      if (allowed && !allowed(row)) continue;
      out.push_back({row, dot(query.terms[0].vector, collection_.vectors().row(row))});
    }
    std::ranges::stable_sort(
        out, [](const Ranked& a, const Ranked& b) { return a.similarity > b.similarity; });
    return out;
  }

  bool near(int64_t a, int64_t b, const NearDuplicateOptions& options) const {
    const uint64_t first = collection_.hash(a).value_or(0);
    const uint64_t second = collection_.hash(b).value_or(0);
    if (first == 0 || second == 0) return cosine(a, b) >= options.cosine_without_hash;
    return hamming_distance(first, second) <= options.hash_distance &&
           cosine(a, b) >= options.cosine;
  }

  std::vector<Ranked> folded(const std::vector<Ranked>& hits,
                             const NearDuplicateOptions& options) const {
    std::vector<Ranked> out;
    size_t first = 0;  // of the portion
    for (size_t i = 0; i < hits.size(); ++i) {
      if (i % kPortion == 0) first = out.size();
      size_t at = first;
      while (at < out.size() && !near(out[at].row, hits[i].row, options)) ++at;
      if (at == out.size()) {
        out.push_back(hits[i]);
      } else {
        out[at].duplicates.push_back(hits[i].row);
      }
    }
    return out;
  }

  // Of hits of one portion.
  std::vector<Ranked> diverse(std::vector<Ranked> hits, double diversity) const {
    std::vector<Ranked> out;
    std::map<int64_t, double> nearest;  // largest cosine to the hits before, by row
    while (!hits.empty()) {
      const auto value = [&](const Ranked& hit) {
        const auto at = nearest.find(hit.row);
        const double redundancy = at == nearest.end() ? 0 : at->second;
        return (1 - diversity) * hit.similarity - diversity * redundancy;
      };
      const auto best = std::ranges::max_element(hits, {}, value);
      out.push_back(*best);
      hits.erase(best);
      for (const Ranked& hit : hits) {
        const double near = cosine(out.back().row, hit.row);
        const auto [at, inserted] = nearest.emplace(hit.row, near);
        if (!inserted) at->second = std::max(at->second, near);
      }
    }
    return out;
  }

  std::vector<Ranked> found(const Query& query, CollectionSearchOptions options) const {
    const SearchResult result = search_collection(collection_, {&query, 1}, options);
    std::vector<Ranked> out;
    int64_t rank = options.offset;
    for (const SearchHit& hit : result.queries[0].hits) {
      EXPECT_EQ(hit.rank, ++rank);
      EXPECT_EQ(hit.item.id, std::to_string(hit.row) + ".jpg");
      out.push_back({hit.row, hit.similarity});
      for (const SearchDuplicate& duplicate : hit.duplicates) {
        EXPECT_EQ(duplicate.item.id, std::to_string(duplicate.row) + ".jpg");
        EXPECT_EQ(duplicate.similarity,
                  query.terms.empty()
                      ? 0
                      : dot(query.terms[0].vector, collection_.vectors().row(duplicate.row)));
        out.back().duplicates.push_back(duplicate.row);
      }
    }
    return out;
  }

  static std::vector<Ranked> page(const std::vector<Ranked>& all, int64_t offset, int64_t k) {
    const auto size = static_cast<int64_t>(all.size());
    const auto begin = all.begin() + std::min(offset, size);
    return {begin, begin + std::min(k, std::max<int64_t>(0, size - offset))};
  }

  void expect_pages(const Query& query, CollectionSearchOptions options,
                    const std::vector<Ranked>& expected,
                    std::initializer_list<int64_t> offsets) const {
    for (const int64_t offset : offsets) {
      for (const int k : {1, 7, 120}) {
        options.offset = offset;
        options.k = k;
        EXPECT_EQ(found(query, options), page(expected, offset, k)) << offset << " " << k;
      }
    }
  }

  static Query query() {
    std::mt19937 random(29);
    return vector_query("v", unit(random_values(random, 1)));
  }

  HashedCollection collection_;
};

INSTANTIATE_TEST_SUITE_P(Hashed, ArrangeHits, testing::Bool());

TEST_P(ArrangeHits, FoldsNearDuplicatesOnEveryPage) {
  const auto all = folded(ranking(query()), {});
  const auto with_duplicates =
      std::ranges::count_if(all, [](const Ranked& hit) { return !hit.duplicates.empty(); });
  ASSERT_GT(with_duplicates, 100);
  ASSERT_LT(all.size(), kRows - 300u);
  const auto size = static_cast<int64_t>(all.size());
  expect_pages(query(), {.group = NearDuplicateOptions{}}, all,
               {0, 1, 5, 500, 900, 1100, size - 3, size, 5000});
}

TEST_P(ArrangeHits, UsesTheThresholds) {
  const NearDuplicateOptions loose{.hash_distance = 64, .cosine = 0.6, .cosine_without_hash = 0.7};
  expect_pages(query(), {.group = loose}, folded(ranking(query()), loose), {0, 100});
  const NearDuplicateOptions strict{.hash_distance = 2, .cosine = 0.999, .cosine_without_hash = 1};
  expect_pages(query(), {.group = strict}, folded(ranking(query()), strict), {0, 100});
}

TEST_P(ArrangeHits, FoldsAmongTheRowsThatMeetTheFilter) {
  Query filtered = query();
  filtered.filter.conditions = {{.field = FilterField::caption, .texts = {"third"}}};
  const auto all = folded(ranking(query(), [](int64_t row) { return row % 3 == 0; }), {});
  expect_pages(filtered, {.group = NearDuplicateOptions{}}, all, {0, 20, 300});
  filtered.min_similarity = 0.2;
  std::vector<Ranked> similar = ranking(query(), [](int64_t row) { return row % 3 == 0; });
  std::erase_if(similar, [](const Ranked& hit) { return hit.similarity < 0.2; });
  expect_pages(filtered, {.group = NearDuplicateOptions{}}, folded(similar, {}), {0, 20, 300});
}

TEST_P(ArrangeHits, SortsTheHitsThatRemain) {
  Query sorted = query();
  sorted.min_similarity = 0.1;
  sorted.order = {SortKey::date, true};
  std::vector<Ranked> similar = ranking(query());
  std::erase_if(similar, [](const Ranked& hit) { return hit.similarity < 0.1; });
  std::vector<Ranked> all = folded(similar, {});
  std::ranges::sort(all, {}, &Ranked::row);
  std::ranges::stable_sort(all, std::greater<>(), [](const Ranked& hit) { return hit.row % 20; });
  expect_pages(sorted, {.group = NearDuplicateOptions{}, .diversity = 0.5}, all, {0, 20, 300});
}

TEST_P(ArrangeHits, FoldsLists) {
  Query list;
  list.name = "list";
  list.filter.conditions = {{.field = FilterField::caption, .texts = {"third"}}};
  list.order = {SortKey::date, false};
  std::vector<Ranked> rows;
  for (int64_t row = 0; row < kRows; row += 3) rows.push_back({row, 0});
  std::ranges::stable_sort(rows, {}, [](const Ranked& hit) { return hit.row % 20; });
  expect_pages(list, {.group = NearDuplicateOptions{}}, folded(rows, {}), {0, 20, 300});
}

TEST_P(ArrangeHits, RanksByMaximalMarginalRelevance) {
  const std::vector<Ranked> hits = ranking(query());
  const auto first = diverse(page(hits, 0, kPortion), 0.3);
  const auto second = diverse(page(hits, kPortion, kPortion), 0.3);
  std::vector<Ranked> all = first;
  all.insert(all.end(), second.begin(), second.end());
  EXPECT_NE(page(all, 0, 7), page(hits, 0, 7));
  EXPECT_EQ(all[0], hits[0]);
  expect_pages(query(), {.diversity = 0.3}, all, {0, 3, 500, 950});
}

TEST_P(ArrangeHits, DiversityComparesTheFirstHitsOfGroups) {
  const auto groups = folded(page(ranking(query()), 0, kPortion), {});
  const auto all = diverse(groups, 0.5);
  expect_pages(query(), {.group = NearDuplicateOptions{}, .diversity = 0.5}, all, {0, 3, 100});
}

TEST_P(ArrangeHits, WithoutDiversityKeepsTheOrder) {
  expect_pages(query(), {.diversity = 0}, ranking(query()), {0, 1500});
}

TEST_P(ArrangeHits, SeveralQueriesAreArrangedIndependently) {
  std::mt19937 random(5);
  std::vector<Query> queries;
  for (int i = 0; i < 3; ++i) queries.push_back(vector_query("v", unit(random_values(random, 1))));
  const CollectionSearchOptions options = {
      .k = 950, .offset = 20, .group = NearDuplicateOptions{}, .diversity = 0};
  const SearchResult together = search_collection(collection_, queries, options);
  for (size_t q = 0; q < queries.size(); ++q) {
    const SearchResult alone = search_collection(collection_, {&queries[q], 1}, options);
    ASSERT_EQ(together.queries[q].hits.size(), alone.queries[0].hits.size());
    for (size_t i = 0; i < alone.queries[0].hits.size(); ++i)
      EXPECT_EQ(together.queries[q].hits[i].row, alone.queries[0].hits[i].row);
  }
}

TEST_P(ArrangeHits, WritesDuplicatesAsJson) {
  const Query one = query();
  const CollectionSearchOptions options = {.k = 50, .group = NearDuplicateOptions{}};
  const SearchResult result = search_collection(collection_, {&one, 1}, options);
  const auto hits = nlohmann::json::parse(search_json(result))["queries"][0]["hits"];
  const auto expected = folded(ranking(one), {});
  for (size_t i = 0; i < hits.size(); ++i) {
    EXPECT_EQ(hits[i].contains("duplicates"), !expected[i].duplicates.empty());
    for (size_t d = 0; d < expected[i].duplicates.size(); ++d) {
      const auto& json = hits[i]["duplicates"][d];
      EXPECT_EQ(json["row"], expected[i].duplicates[d]);
      EXPECT_EQ(json["id"], std::to_string(expected[i].duplicates[d]) + ".jpg");
      EXPECT_LE(json["similarity"], hits[i]["similarity"]);
      EXPECT_TRUE(json.contains("captions") && json.contains("fields"));
    }
  }
}

TEST_P(ArrangeHits, RefusesOptionsOutOfRange) {
  const Query one = query();
  const auto expect_refused = [&](const CollectionSearchOptions& options, const char* part) {
    expect_error(ErrorCode::invalid_argument, part, [&] {
      search_collection(collection_, {&one, 1}, options);
    });
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double diversity : {-0.1, 1.0, nan})
    expect_refused({.diversity = diversity}, "expected at least 0 and less than 1");
  for (const int distance : {-1, 65}) {
    expect_refused({.group = NearDuplicateOptions{.hash_distance = distance}}, "expected 0 to 64");
  }
  for (const double cosine : {-1.1, 1.1, nan}) {
    expect_refused({.group = NearDuplicateOptions{.cosine = cosine}}, "expected -1 to 1");
    expect_refused({.group = NearDuplicateOptions{.cosine_without_hash = cosine}},
                   "expected -1 to 1");
  }
}

}  // namespace
}  // namespace sightline
