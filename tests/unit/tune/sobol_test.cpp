// Sobol points: published values, and uniformity of every dimension.
#include "tune/sobol.h"

#include <gtest/gtest.h>

#include <set>

#include "expect_error.h"

namespace sightline {
namespace {

TEST(Sobol, BeginsWithThePublishedPoints) {
  const std::vector<std::vector<double>> expected = {{0, 0, 0, 0, 0, 0},
                                                     {0.5, 0.5, 0.5, 0.5, 0.5, 0.5},
                                                     {0.75, 0.25, 0.25, 0.25, 0.75, 0.75},
                                                     {0.25, 0.75, 0.75, 0.75, 0.25, 0.25},
                                                     {0.375, 0.375, 0.625, 0.875, 0.375, 0.125},
                                                     {0.875, 0.875, 0.125, 0.375, 0.875, 0.625},
                                                     {0.625, 0.125, 0.875, 0.625, 0.625, 0.875},
                                                     {0.125, 0.625, 0.375, 0.125, 0.125, 0.375}};
  for (uint32_t i = 0; i < expected.size(); ++i) EXPECT_EQ(sobol_point(i, 6), expected[i]) << i;
}

// Of the independent implementation in SciPy 1.17 (scipy.stats.qmc.Sobol).
TEST(Sobol, HasThePointsOfSciPyInAllDimensions) {
  const std::vector<double> expected = {
      0.8125, 0.6875, 0.8125, 0.0625, 0.4375, 0.9375, 0.5625, 0.5625, 0.5625, 0.4375, 0.8125,
      0.9375, 0.0625, 0.8125, 0.1875, 0.5625, 0.1875, 0.6875, 0.5625, 0.9375, 0.5625, 0.0625,
      0.8125, 0.5625, 0.0625, 0.4375, 0.4375, 0.0625, 0.0625, 0.3125, 0.5625, 0.4375};
  EXPECT_EQ(sobol_point(13, kSobolDimensions), expected);
}

TEST(Sobol, EveryIntervalOfEveryDimensionHasOnePoint) {
  for (const uint32_t bits : {0u, 0x9e3779b9u}) {
    for (int d = 0; d < kSobolDimensions; ++d) {
      std::set<int> intervals;
      const std::vector<uint32_t> shift(kSobolDimensions, bits);
      for (uint32_t i = 0; i < 256; ++i)
        intervals.insert(static_cast<int>(
            sobol_point(i, kSobolDimensions, shift)[static_cast<size_t>(d)] * 256));
      EXPECT_EQ(intervals.size(), 256u) << d;
    }
  }
}

TEST(Sobol, RefusesTooManyDimensions) {
  test::expect_error(ErrorCode::invalid_argument, "33 dimensions", [] { sobol_point(0, 33); });
}

}  // namespace
}  // namespace sightline
