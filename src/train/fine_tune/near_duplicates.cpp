#include "train/fine_tune/near_duplicates.h"

#include <sightline/image_properties.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <numeric>

namespace sightline {
namespace {

// Hashes that differ in at most kNearBits bits agree in at least one of kNearBits + 1 parts.
constexpr int kParts = kNearBits + 1;
constexpr int kPartBits = 64 / kParts;

class Groups {
 public:
  explicit Groups(size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), int64_t{0});
  }
  int64_t find(int64_t i) {
    while (parent_[static_cast<size_t>(i)] != i) {
      int64_t& parent = parent_[static_cast<size_t>(i)];
      parent = parent_[static_cast<size_t>(parent)];
      i = parent;
    }
    return i;
  }
  // The smaller index stays the root.
  void join(int64_t a, int64_t b) {
    a = find(a);
    b = find(b);
    parent_[static_cast<size_t>(std::max(a, b))] = std::min(a, b);
  }

 private:
  std::vector<int64_t> parent_;
};

}  // namespace

bool near_duplicates(const ImageSketch& a, const ImageSketch& b) {
  if (a.hash == 0 || b.hash == 0 || hamming_distance(a.hash, b.hash) > kNearBits) return false;
  int64_t sum = 0;
  for (size_t i = 0; i < a.colours.size(); ++i) sum += std::abs(a.colours[i] - b.colours[i]);
  return static_cast<double>(sum) < kNearColours * static_cast<double>(a.colours.size());
}

std::vector<int64_t> group_near_duplicates(std::span<const ImageSketch> images) {
  Groups groups(images.size());
  for (int part = 0; part < kParts; ++part) {
    std::map<uint64_t, std::vector<int64_t>> buckets;
    for (size_t i = 0; i < images.size(); ++i) {
      if (images[i].hash == 0) continue;
      const uint64_t key = images[i].hash >> (part * kPartBits) & ((1u << kPartBits) - 1);
      buckets[key].push_back(static_cast<int64_t>(i));
    }
    for (const auto& [key, members] : buckets) {
      for (size_t a = 0; a < members.size(); ++a) {
        for (size_t b = a + 1; b < members.size(); ++b) {
          const auto& first = images[static_cast<size_t>(members[a])];
          if (near_duplicates(first, images[static_cast<size_t>(members[b])]))
            groups.join(members[a], members[b]);
        }
      }
    }
  }
  std::vector<int64_t> group(images.size());
  for (size_t i = 0; i < group.size(); ++i) group[i] = groups.find(static_cast<int64_t>(i));
  return group;
}

}  // namespace sightline
