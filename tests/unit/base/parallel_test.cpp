#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <vector>

namespace sightline {
namespace {

TEST(ParallelFor, VisitsEveryIndexOnce) {
  for (const int64_t count : {0, 1, 2, 3, 7, 64, 1000}) {
    for (const int64_t grain : {0, 1, 5, 100, 5000}) {
      std::vector<std::atomic<int>> visits(static_cast<size_t>(count));
      parallel_for(count, grain, [&](int64_t begin, int64_t end) {
        ASSERT_LE(begin, end);
        for (int64_t i = begin; i < end; ++i) ++visits[static_cast<size_t>(i)];
      });
      for (const auto& visit : visits) ASSERT_EQ(visit, 1) << count << " by " << grain;
    }
  }
  parallel_for(-3, 1, [](int64_t, int64_t) { FAIL(); });
}

TEST(ParallelFor, RangesHaveAtLeastGrainElements) {
  std::mutex mutex;
  std::vector<int64_t> sizes;
  parallel_for(1000, 300, [&](int64_t begin, int64_t end) {
    const std::lock_guard lock(mutex);
    sizes.push_back(end - begin);
  });
  for (const int64_t size : sizes) EXPECT_GE(size, 300);
  EXPECT_LE(sizes.size(), static_cast<size_t>(thread_count()));
}

TEST(ParallelFor, RethrowsAfterTheOtherRangesAreFinished) {
  std::atomic<int64_t> visited{0};
  try {
    parallel_for(100, 1, [&](int64_t begin, int64_t end) {
      visited += end - begin;
      throw std::runtime_error("part failed");
    });
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "part failed");
  }
  EXPECT_EQ(visited, 100);
}

TEST(ParallelFor, NestedCallsRunInTheCallingThread) {
  std::atomic<int64_t> total{0};
  parallel_for(8, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      parallel_for(10, 1, [&](int64_t b, int64_t e) { total += e - b; });
    }
  });
  EXPECT_EQ(total, 80);
}

TEST(ParallelFor, UsesAtLeastOneThread) {
  EXPECT_GE(thread_count(), 1);
}

TEST(ParallelEach, VisitsEveryItemOnceAndWorkersDoNotOverlap) {
  std::vector<std::atomic<int>> busy(static_cast<size_t>(thread_count()));
  for (const int64_t count : {0, 1, 2, 7, 1000}) {
    std::vector<std::atomic<int>> visits(static_cast<size_t>(count));
    parallel_each(count, [&](int worker, int64_t i) {
      ASSERT_GE(worker, 0);
      ASSERT_LT(worker, thread_count());
      ASSERT_EQ(busy[static_cast<size_t>(worker)]++, 0);
      ++visits[static_cast<size_t>(i)];
      --busy[static_cast<size_t>(worker)];
    });
    for (const auto& visit : visits) ASSERT_EQ(visit, 1) << count;
  }
}

TEST(ParallelEach, StartsNoFurtherItemsAfterAnException) {
  std::atomic<int64_t> visited{0};
  EXPECT_THROW(parallel_each(100000,
                             [&](int, int64_t i) {
                               ++visited;
                               if (i == 10) throw std::runtime_error("no");
                             }),
               std::runtime_error);
  EXPECT_LT(visited, 100000);
}

TEST(ParallelEach, NestedCallsRunInTheCallingThread) {
  std::atomic<int> visited{0};
  parallel_for(4, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      parallel_each(5, [&](int worker, int64_t) {
        EXPECT_EQ(worker, 0);
        ++visited;
      });
    }
  });
  EXPECT_EQ(visited, 20);
}

}  // namespace
}  // namespace sightline
