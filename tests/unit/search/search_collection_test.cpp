// One search over vector sets and data sets, by vector.
#include <sightline/error.h>

#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "expect_error.h"
#include "unit/search/search_fixture.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::one_contains;
using test::Search;

void expect_hits(const SearchResult& result) {
  ASSERT_EQ(result.queries.size(), 2u);
  ASSERT_EQ(result.queries[0].hits.size(), 2u);
  const SearchHit& best = result.queries[0].hits[0];
  EXPECT_EQ(best.rank, 1);
  EXPECT_EQ(best.row, 1);
  EXPECT_EQ(best.similarity, static_cast<double>(0.6f));
  EXPECT_EQ(best.item.id, "id-1");
  EXPECT_EQ(best.item.captions.size(), 2u);
  EXPECT_EQ(best.item.fields.at("split"), "test");
  // Rows 0 and 2 are equally similar: the smaller row first.
  EXPECT_EQ(result.queries[0].hits[1].rank, 2);
  EXPECT_EQ(result.queries[0].hits[1].row, 0);
  EXPECT_EQ(result.queries[1].name, "down");
  EXPECT_EQ(result.queries[1].hits[0].item.id, "id-2");
}

TEST_F(Search, FindsTheSameInAVectorSetAndInADataSet) {
  const Query queries[] = {vector_query("y", {0, 1, 0}), vector_query("down", {0, 0, -1})};
  const auto set = vector_set();
  const SearchResult in_set = search_collection(*set, queries, {.k = 2});
  expect_hits(in_set);
  EXPECT_EQ(in_set.type, CollectionType::vectors);
  EXPECT_FALSE(in_set.encoding);
  const SearchResult in_data = search_collection(*dataset_collection(encoded()), queries, {.k = 2});
  expect_hits(in_data);
  EXPECT_EQ(in_data.type, CollectionType::dataset);
  EXPECT_EQ(in_data.warnings, std::vector<std::string>{"a warning"});
  const auto a = nlohmann::json::parse(search_json(in_set));
  const auto b = nlohmann::json::parse(search_json(in_data));
  EXPECT_EQ(a["queries"], b["queries"]);
  EXPECT_EQ(a["queries"][0]["vector"], "y");
  EXPECT_EQ(a["queries"][0]["hits"][0], (nlohmann::json{{"rank", 1},
                                                        {"similarity", static_cast<double>(0.6f)},
                                                        {"id", "id-1"},
                                                        {"row", 1},
                                                        {"captions", {"second", "another"}},
                                                        {"fields", {{"split", "test"}}}}));
  EXPECT_EQ(a["collection"]["type"], "vectors");
  EXPECT_EQ(a["collection"]["rows"], 3);
  EXPECT_TRUE(a["encoding"].is_null());
  EXPECT_TRUE(a["model"]["name"].is_null());
  EXPECT_EQ(b["collection"]["path"], "data");
  EXPECT_EQ(b["encoding"]["encoded"], 2);
  EXPECT_EQ(b["encoding"]["skipped"][0]["id"], "broken.png");
  EXPECT_EQ(b["scan"], "fp32");
}

TEST_F(Search, LeavesExcludedRowsOut) {
  const auto set = vector_set();
  const Query queries[] = {vector_query("y", {0, 1, 0}), vector_query("down", {0, 0, -1})};
  const SearchResult found = search_collection(*set, queries, {.k = 3, .excluded = {1, 1}});
  for (const QueryHits& query : found.queries) {
    EXPECT_EQ(query.matching, 2);
    ASSERT_EQ(query.hits.size(), 2u);
    EXPECT_TRUE(query.hits[0].row != 1 && query.hits[1].row != 1);
  }
  Query listed;
  listed.filter.conditions.push_back({.field = FilterField::name, .texts = {"id-*"}});
  const SearchResult list = search_collection(*set, {&listed, 1}, {.k = 3, .excluded = {0}});
  EXPECT_EQ(list.queries[0].matching, 2);
  ASSERT_EQ(list.queries[0].hits.size(), 2u);
  EXPECT_EQ(list.queries[0].hits[0].row, 1);
  for (const int64_t row : {int64_t{-1}, int64_t{3}}) {
    expect_error(ErrorCode::invalid_argument, "excludes the row",
                 [&] { search_collection(*set, queries, {.excluded = {row}}); });
  }
}

TEST_F(Search, SeveralDataSetsAreOneCollection) {
  const auto collection = dataset_collection(two());
  const Query queries[] = {vector_query("y", {0, 1, 0}), vector_query("down", {0, 0, -1})};
  const SearchResult result = search_collection(*collection, queries, {.k = 3});
  EXPECT_EQ(result.rows, 6);
  ASSERT_EQ(result.parts.size(), 2u);
  EXPECT_EQ(result.parts[1].name, "data-2");
  EXPECT_EQ(result.parts[1].path, "b/data");
  EXPECT_EQ(result.parts[1].rows, 3);
  // The same image in both data sets is two items, in the order of the data sets.
  const auto& hits = result.queries[0].hits;
  ASSERT_EQ(hits.size(), 3u);
  EXPECT_EQ(hits[0].row, 1);
  EXPECT_EQ(hits[0].item.dataset, "data");
  EXPECT_EQ(hits[1].row, 4);
  EXPECT_EQ(hits[1].item.dataset, "data-2");
  EXPECT_EQ(hits[1].similarity, hits[0].similarity);
  EXPECT_EQ(result.queries[1].hits[0].row, 2);
  EXPECT_EQ(result.queries[1].hits[1].row, 5);
  EXPECT_EQ(result.encoding->counts.encoded_images, 4);
  EXPECT_EQ(result.encoding->counts.cached_images, 2);
  EXPECT_EQ(result.warnings, (std::vector<std::string>{"a warning", "another"}));
  const auto json = nlohmann::json::parse(search_json(result));
  EXPECT_EQ(json["queries"][0]["hits"][0]["dataset"], "data");
  EXPECT_EQ(json["queries"][0]["hits"][0]["fields"]["split"], "test");
  EXPECT_EQ(json["queries"][0]["hits"][1]["dataset"], "data-2");
  EXPECT_TRUE(json["collection"]["path"].is_null());
  EXPECT_EQ(json["collection"]["data_sets"],
            (nlohmann::json{{{"name", "data"}, {"path", "a/data"}, {"rows", 3}},
                            {{"name", "data-2"}, {"path", "b/data"}, {"rows", 3}}}));
  EXPECT_EQ(
      json["encoding"]["skipped"],
      (nlohmann::json{{{"id", "broken.png"}, {"reason", "is no image"}, {"dataset", "data"}}}));
}

TEST_F(Search, SeveralDataSetsReadTheirOwnImages) {
  std::vector<EncodedDataset> data = two();
  for (size_t d = 0; d < 2; ++d) {
    data[d].input.path = folder_ / std::to_string(d);
    fs::create_directories(data[d].input.path);
    for (const VectorItem& one : data[d].items)
      write_file_atomic(data[d].input.path / (one.id + ".png"),
                        "\x89PNG\r\n\x1a\n" + std::to_string(d) + one.id);
    for (VectorItem& one : data[d].items) one = {one.id + ".png", {}, {}};
  }
  const auto collection = dataset_collection(std::move(data));
  const int64_t rows[] = {4, 0, 1};
  auto items = collection->items(rows);
  const auto images = collection->read_images(items);
  ASSERT_EQ(images.size(), 3u);
  const auto end_of = [](const std::vector<uint8_t>& bytes) {
    return bytes.size() < 8 ? "" : std::string(bytes.begin() + 8, bytes.end());
  };
  EXPECT_EQ(end_of(images[0]), "1id-1");
  EXPECT_EQ(end_of(images[1]), "0id-0");
  EXPECT_EQ(end_of(images[2]), "0id-1");
  items[0].dataset = "other";
  expect_error(ErrorCode::invalid_argument, "is of no data set",
               [&] { collection->read_images(items); });
}

TEST_F(Search, SeveralDataSetsMustFitTogether) {
  expect_error(ErrorCode::invalid_argument, "at least one data set",
               [] { dataset_collection(std::vector<EncodedDataset>()); });
  std::vector<EncodedDataset> same = two();
  same[1].input.path = "a/./data";
  expect_error(ErrorCode::invalid_argument, "the data set 'a/./data' is given twice",
               [&] { dataset_collection(same); });
  std::vector<EncodedDataset> other = two();
  other[1].provenance.fingerprint = "other";
  expect_error(ErrorCode::invalid_argument, "'a/data' and 'b/data' were not computed",
               [&] { dataset_collection(other); });
  std::vector<EncodedDataset> precision = two();
  precision[1].provenance.computation.precision = Precision::bf16;
  expect_error(ErrorCode::invalid_argument, "were not computed in the same way",
               [&] { dataset_collection(precision); });
  // One data set of a list is like a data set alone.
  const auto alone = dataset_collection(std::vector<EncodedDataset>{encoded()});
  EXPECT_TRUE(alone->parts().empty());
  const int64_t row = 1;
  EXPECT_EQ(alone->items({&row, 1})[0].dataset, "");
}

TEST_F(Search, RejectsNaNByName) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EncodedDataset data = encoded();
  data.vectors.row(2)[1] = nan;
  expect_error(ErrorCode::invalid_data, "the vectors of 'data': row 2 has a NaN",
               [&] { dataset_collection(data); });
  const auto set = vector_set();
  const Query queries[] = {vector_query("good", {0, 1, 0}), vector_query("bad", {0, nan, 0})};
  expect_error(ErrorCode::invalid_argument, "the vector of query 1 ('bad') has a NaN",
               [&] { search_collection(*set, queries); });
}

TEST_F(Search, RejectsWrongArguments) {
  const auto set = vector_set();
  expect_error(ErrorCode::invalid_argument, "at least one query",
               [&] { search_collection(*set, {}); });
  const Query wide = vector_query("wide", {1, 2, 3, 4});
  expect_error(ErrorCode::invalid_argument,
               "'wide' has 4 elements, the collection has vectors of 3", [&] {
                 search_collection(*set, {&wide, 1});
               });
  const Query text = text_query("a heart");
  expect_error(ErrorCode::invalid_argument, "the text query 'a heart' needs a model", [&] {
    search_collection(*set, {&text, 1});
  });
  EncodedDataset data = encoded();
  data.items.pop_back();
  expect_error(ErrorCode::invalid_argument, "3 vectors and 2 items",
               [&] { dataset_collection(data); });
  VectorProvenance raw;
  raw.unit_length = false;
  expect_error(ErrorCode::invalid_argument, "not of unit length", [&] { vector_set(raw); });
  VectorProvenance texts;
  texts.kind = VectorKind::texts;
  const auto lines = vector_set(texts);
  expect_error(ErrorCode::invalid_argument, "are of texts", [&] { lines->read_images({}); });
}

TEST_F(Search, AnEmptyCollectionHasNoHits) {
  EncodedDataset data;
  data.input.path = "empty";
  data.vectors = Matrix(0, 3);
  const Query query = vector_query("x", {1, 0, 0});
  const SearchResult result = search_collection(*dataset_collection(data), {&query, 1});
  EXPECT_TRUE(result.queries[0].hits.empty());
  EXPECT_TRUE(one_contains(result.warnings, "nothing to search in 'empty'"));
}

}  // namespace
}  // namespace sightline
