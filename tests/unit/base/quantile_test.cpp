#include "base/quantile.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace sightline {
namespace {

// Expected values: numpy.quantile, whose default is type 7.
TEST(Quantile, InterpolatesBetweenOrderStatistics) {
  const std::vector<double> sorted = {1, 2, 4, 8};
  EXPECT_DOUBLE_EQ(quantile(sorted, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(sorted, 0.25), 1.75);
  EXPECT_DOUBLE_EQ(quantile(sorted, 0.5), 3);
  EXPECT_DOUBLE_EQ(quantile(sorted, 0.9), 6.8);
  EXPECT_DOUBLE_EQ(quantile(sorted, 1), 8);
  EXPECT_DOUBLE_EQ(quantile(std::vector<double>{5}, 0.3), 5);
}

TEST(Quantile, ClampsAndAvoidsInfinityTimesZero) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_DOUBLE_EQ(quantile(std::vector<double>{1, 2}, 1.5), 2);
  EXPECT_DOUBLE_EQ(quantile(std::vector<double>{1, 2, infinity}, 0.5), 2);
}

}  // namespace
}  // namespace sightline
