#include "sample_data/split.h"

#include <algorithm>
#include <numeric>

#include "base/hash.h"

namespace sightline {

std::string_view split_name(Split split) {
  return split == Split::train ? "train" : split == Split::test ? "test" : "novel";
}

std::vector<size_t> hash_order(const std::vector<std::string>& keys, std::string_view salt) {
  std::vector<Digest> digests;
  digests.reserve(keys.size());
  for (const auto& key : keys) digests.push_back(Sha256().update(salt).update(key).digest());
  std::vector<size_t> order(keys.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return digests[a] < digests[b]; });
  return order;
}

}  // namespace sightline
