#include "library/store/compaction.h"

#include <gtest/gtest.h>

#include "library/segments/segment.h"

namespace sightline::library {
namespace {

using Groups = std::vector<std::vector<size_t>>;

TEST(PlanCompaction, LeavesSegmentsWithFewDeadRows) {
  const std::vector<SegmentSize> segments = {{1000, 0}, {1000, 250}, {5, 1}};
  EXPECT_EQ(plan_compaction(segments, false), Groups{});
}

TEST(PlanCompaction, RewritesSegmentsOfWhichMoreThanAQuarterIsDead) {
  const std::vector<SegmentSize> segments = {{1000, 0}, {1000, 251}, {10, 10}};
  EXPECT_EQ(plan_compaction(segments, false), (Groups{{1, 2}}));
}

TEST(PlanCompaction, MergesEightSegmentsOfASimilarSize) {
  std::vector<SegmentSize> segments(7, {1, 0});
  EXPECT_EQ(plan_compaction(segments, false), Groups{});
  segments.push_back({1, 0});
  EXPECT_EQ(plan_compaction(segments, false), (Groups{{0, 1, 2, 3, 4, 5, 6, 7}}));
  segments.insert(segments.begin(), {100'000, 0});
  EXPECT_EQ(plan_compaction(segments, false), (Groups{{1, 2, 3, 4, 5, 6, 7, 8}}));
}

TEST(PlanCompaction, KeepsGroupsWithinASegment) {
  const std::vector<SegmentSize> segments(10, {kMostSegmentRows / 4, 0});
  for (const auto& group : plan_compaction(segments, false)) EXPECT_LE(group.size(), 4u);
}

TEST(PlanCompaction, DropsEveryDeadRowOnRequest) {
  const std::vector<SegmentSize> segments = {{kMostSegmentRows, 1}, {kMostSegmentRows, 0}};
  EXPECT_EQ(plan_compaction(segments, true), (Groups{{0}}));
  EXPECT_EQ(plan_compaction({{{10, 0}, {20, 0}}}, true), (Groups{{0, 1}}));
  EXPECT_EQ(plan_compaction({{{10, 0}}}, true), Groups{});
}

// A segment with dead rows and a small one are merged together, not one after the other.
TEST(PlanCompaction, WritesEachRowOnceOnRequest) {
  EXPECT_EQ(plan_compaction({{{10, 1}, {20, 0}}}, true), (Groups{{0, 1}}));
  const int64_t most = kMostSegmentRows;
  for (std::vector<SegmentSize> segments :
       {std::vector<SegmentSize>{{60, 1}, {57, 0}},
        {{most / 5, 1}, {most - 5, 1}, {most / 5, 0}},
        {{most / 2, 0}, {most, 3}, {most / 3, 1}, {most / 3, 0}, {most / 4, 0}, {1, 1}}}) {
    int64_t rows = 0, written = 0;
    for (const SegmentSize& segment : segments) rows += segment.rows - segment.dead;
    for (;;) {
      const Groups groups = plan_compaction(segments, true);
      if (groups.empty()) break;
      SegmentSize merged;
      for (const size_t s : groups.front()) {
        merged.rows += segments[s].rows - segments[s].dead;
        segments[s] = {};
      }
      EXPECT_LE(merged.rows, most);
      written += merged.rows;
      std::erase_if(segments, [](const SegmentSize& s) { return s.rows == 0; });
      segments.push_back(merged);
    }
    EXPECT_LE(written, rows);
    for (const SegmentSize& segment : segments) EXPECT_EQ(segment.dead, 0);
  }
}

// Without this, each added image would write all earlier ones again.
TEST(PlanCompaction, WritesEachRowFewTimesWhenRowsAreAddedOneByOne) {
  std::vector<SegmentSize> segments;
  int64_t written = 0;
  constexpr int64_t kRows = 20'000;
  for (int64_t i = 0; i < kRows; ++i) {
    segments.push_back({1, 0});
    for (const auto& group : plan_compaction(segments, false)) {
      SegmentSize merged;
      for (const size_t s : group) merged.rows += std::exchange(segments[s].rows, 0);
      written += merged.rows;
      std::erase_if(segments, [](const SegmentSize& s) { return s.rows == 0; });
      segments.push_back(merged);
    }
    ASSERT_LE(segments.size(), 40u);
  }
  EXPECT_LE(written, 16 * kRows);
}

}  // namespace
}  // namespace sightline::library
