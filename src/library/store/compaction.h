// Chooses the segments that are merged.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sightline::library {

struct SegmentSize {
  int64_t rows = 0, dead = 0;
};

// Returns groups of segments, each to be merged into one, as indices into `segments`:
//   - segments of which more than a quarter is dead (with `all`: that have a dead row);
//   - small ones, if 8 are of a similar size (with `all`: all of them).
// A group has at most kMostSegmentRows live rows. A group of one is rewritten.
std::vector<std::vector<size_t>> plan_compaction(std::span<const SegmentSize> segments, bool all);

}  // namespace sightline::library
