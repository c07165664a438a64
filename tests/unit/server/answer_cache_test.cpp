#include "server/answer_cache.h"

#include <gtest/gtest.h>

namespace sightline::server {
namespace {

std::shared_ptr<const Collection> make_collection() {
  EncodedDataset empty;
  empty.vectors = Matrix(0, 4);
  return dataset_collection(std::move(empty));
}

TEST(AnswerCache, KeepsAnswersOfOneCollection) {
  AnswerCache cache;
  int made = 0;
  const auto make = [&] { return std::to_string(++made); };
  const auto first = make_collection(), second = make_collection();
  EXPECT_EQ(cache.find(first, "facets", make), "1");
  EXPECT_EQ(cache.find(first, "facets", make), "1");
  EXPECT_EQ(cache.find(first, "places", make), "2");
  EXPECT_EQ(cache.find(second, "facets", make), "3");
  EXPECT_EQ(cache.find(second, "facets", make), "3");
  EXPECT_EQ(cache.find(first, "places", make), "4");  // no longer known
}

TEST(AnswerCache, MakesAnAnswerAgainAfterAFailure) {
  AnswerCache cache;
  const auto collection = make_collection();
  EXPECT_THROW(cache.find(collection, "a", []() -> std::string { throw 1; }), int);
  EXPECT_EQ(cache.find(collection, "a", [] { return std::string("b"); }), "b");
}

}  // namespace
}  // namespace sightline::server
