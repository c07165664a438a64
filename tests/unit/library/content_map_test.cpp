#include "library/store/content_map.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace sightline::library {
namespace {

TEST(ContentMap, EqualsAMapWhateverItsIds) {
  std::mt19937_64 random(5);
  for (const int64_t most : {int64_t{50}, int64_t{5000}, int64_t{1} << 20, int64_t{1} << 31}) {
    ContentMap<int32_t> map(-1);
    std::map<int64_t, int32_t> expected;
    for (int i = 0; i < 3000; ++i) {
      const auto content = static_cast<int64_t>(random() % static_cast<uint64_t>(most));
      const auto value = static_cast<int32_t>(random() % 5) - 1;  // -1 removes it
      map.set(content, value);
      expected[content] = value;
    }
    std::set<int64_t> contents;
    for (const auto& [content, value] : expected) {
      EXPECT_EQ(map.get(content), value);
      if (value != -1) contents.insert(content);
    }
    std::set<int64_t> found;
    map.for_each([&](int64_t content) { EXPECT_TRUE(found.insert(content).second); });
    EXPECT_EQ(found, contents);
    EXPECT_EQ(map.size(), static_cast<int64_t>(contents.size()));
    EXPECT_EQ(map.get(-1), -1);
    EXPECT_EQ(map.get(int64_t{1} << 40), -1);
    map.clear();
    EXPECT_EQ(map.get(*contents.begin()), -1);
    EXPECT_EQ(map.size(), 0);
  }
}

}  // namespace
}  // namespace sightline::library
