#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace sightline {
namespace {

Random with_empty_key() {
  return Random(std::initializer_list<uint64_t>{});
}

// The published sequence of SplitMix64 for state 0.
TEST(Random, IsSplitMix64) {
  Random random = with_empty_key();
  EXPECT_EQ(random.next(), 0xe220a8397b1dcdafu);
  EXPECT_EQ(random.next(), 0x6e789e6aa1b965f4u);
  EXPECT_EQ(random.next(), 0x06c45d188009454fu);
  EXPECT_EQ(random.next(), 0xf88bb8a8724c81ecu);
}

TEST(Random, KeysAreIndependent) {
  std::set<uint64_t> first;
  for (uint64_t a = 0; a < 50; ++a) {
    first.insert(Random{a}.next());
    for (uint64_t b = 0; b < 50; ++b) first.insert(Random{a, b}.next());
  }
  EXPECT_EQ(first.size(), 50u + 50u * 50u);  // (0, 1), (1, 0), (0), (0, 0) … all differ
  Random one{3, 4}, other{3, 4};
  for (int i = 0; i < 100; ++i) ASSERT_EQ(one.next(), other.next());
}

// Chi-square with 63 degrees of freedom: exceeds 120 with probability 1/20,000.
TEST(Random, BelowIsUniform) {
  Random random{1};
  constexpr int kCells = 64, kDraws = 64'000;
  std::vector<int> counts(kCells);
  for (int i = 0; i < kDraws; ++i) ++counts[random.below(kCells)];
  double chi = 0;
  for (const int count : counts) chi += (count - 1000.0) * (count - 1000.0) / 1000.0;
  EXPECT_LT(chi, 120) << chi;
  EXPECT_GT(chi, 25) << "too even to be random";
}

TEST(Random, UniformStaysWithinBounds) {
  Random random{2};
  double sum = 0, min = 1, max = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double value = random.uniform();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
    min = std::min(min, value);
    max = std::max(max, value);
  }
  EXPECT_NEAR(sum / 100'000, 0.5, 0.004);  // 4 standard errors
  EXPECT_LT(min, 1e-3);
  EXPECT_GT(max, 1 - 1e-3);
  EXPECT_EQ(random.uniform(3, 3), 3);
}

TEST(Random, NormalHasTheExpectedMoments) {
  Random random{3};
  constexpr int kDraws = 100'000;
  double sum = 0, squares = 0, fourth = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = random.normal();
    sum += value;
    squares += value * value;
    fourth += value * value * value * value;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.013);
  EXPECT_NEAR(squares / kDraws, 1, 0.02);
  EXPECT_NEAR(fourth / kDraws, 3, 0.15);
}

TEST(Random, ShuffleYieldsEveryPermutation) {
  std::set<std::vector<int>> orders;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    std::vector<int> items(4);
    std::iota(items.begin(), items.end(), 0);
    Random{seed}.shuffle(items);
    orders.insert(items);
    std::sort(items.begin(), items.end());
    ASSERT_EQ(items, (std::vector<int>{0, 1, 2, 3}));
  }
  EXPECT_EQ(orders.size(), 24u);
  std::vector<int> empty;
  Random{1}.shuffle(empty);
  EXPECT_TRUE(empty.empty());
}

}  // namespace
}  // namespace sightline
