#include "library/collection_cache.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include "expect_error.h"

namespace sightline::library {
namespace {

std::shared_ptr<const Collection> an_empty_collection() {
  EncodedDataset data;
  data.input.path = "empty";
  data.vectors = Matrix(0, 3);
  return dataset_collection(std::move(data));
}

TEST(CollectionCache, OpensAStateOnce) {
  CollectionCache cache;
  const auto first = cache.get("a", 1, an_empty_collection);
  EXPECT_EQ(cache.get("a", 1, an_empty_collection), first);
  EXPECT_NE(cache.get("a", 2, an_empty_collection), first);
  EXPECT_EQ(cache.size(), 1u);
  cache.get("b", 2, an_empty_collection);
  EXPECT_EQ(cache.size(), 2u);
}

// A server may be asked for any name.
TEST(CollectionCache, KeepsNothingOfModelsThatCannotBeOpened) {
  CollectionCache cache;
  const auto fail = []() -> std::shared_ptr<const Collection> {
    throw Error(ErrorCode::not_found, "no such model");
  };
  for (int i = 0; i < 10; ++i) {
    test::expect_error(ErrorCode::not_found, "no such model",
                       [&] { cache.get("unknown " + std::to_string(i), 1, fail); });
  }
  EXPECT_EQ(cache.size(), 0u);
  cache.get("a", 1, an_empty_collection);
  test::expect_error(ErrorCode::not_found, "no such model", [&] { cache.get("a", 2, fail); });
  EXPECT_EQ(cache.size(), 0u);
}

}  // namespace
}  // namespace sightline::library
