// Numbers of images per value.
#pragma once

#include <sightline/library_overview.h>

#include <cstdint>
#include <limits>
#include <vector>

namespace sightline::library {

// Counts each image once per value. The values of one image are added one after the other.
class ValueCounts {
 public:
  explicit ValueCounts(size_t values) : counts_(values), last_(values, kNone) {}

  void add(int64_t content, size_t value) {
    if (last_[value] == content) return;
    last_[value] = content;
    ++counts_[value];
  }
  int64_t count(size_t value) const { return counts_[value]; }
  const std::vector<int64_t>& all() const { return counts_; }

 private:
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::min();
  std::vector<int64_t> counts_, last_;
};

// Most frequent first, then by value; at most `most`.
void sort_values(std::vector<FacetValue>& values, int64_t most);

}  // namespace sightline::library
