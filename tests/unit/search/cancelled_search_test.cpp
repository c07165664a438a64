// A search ends where its progress function throws.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/search.h>

#include <string>
#include <vector>

#include "expect_error.h"

namespace sightline {
namespace {

std::unique_ptr<Collection> a_collection() {
  EncodedDataset data;
  data.input.path = "data";
  data.vectors = Matrix(4, 2);
  for (int64_t i = 0; i < 4; ++i) {
    data.vectors.row(i)[i % 2] = 1;
    data.items.push_back({std::to_string(i) + ".jpg", {i < 2 ? "first" : "second"}, {}});
  }
  return dataset_collection(std::move(data));
}

std::vector<Query> queries() {
  Query filtered = vector_query("x", {1, 0});
  filtered.filter.conditions.push_back({.field = FilterField::caption, .texts = {"second"}});
  Query list;
  list.filter = filtered.filter;
  return {vector_query("y", {0, 1}), filtered, list};
}

TEST(CancelledSearch, EndsAtEachUpdate) {
  const auto collection = a_collection();
  std::vector<std::string> stages;
  CollectionSearchOptions options;
  options.progress = [&](const ProgressUpdate& update) { stages.push_back(update.stage); };
  const SearchResult whole = search_collection(*collection, queries(), options);
  EXPECT_EQ(whole.queries[1].hits.size(), 2u);
  // Two filters, a list, and two scans.
  EXPECT_EQ(stages,
            (std::vector<std::string>{"encoding queries", "searching", "searching", "searching",
                                      "searching", "searching", "reading items"}));
  for (size_t last = 0; last < stages.size(); ++last) {
    size_t updates = 0;
    options.progress = [&](const ProgressUpdate&) {
      if (updates++ == last) throw Error(ErrorCode::cancelled, "cancelled by the test");
    };
    test::expect_error(ErrorCode::cancelled, "cancelled by the test",
                       [&] { search_collection(*collection, queries(), options); });
    EXPECT_EQ(updates, last + 1);
  }
  EXPECT_EQ(search_collection(*collection, queries()).queries[1].hits.size(), 2u);
}

}  // namespace
}  // namespace sightline
