#include "models/tensor_sizes.h"

#include <sightline/error.h>

#include <set>

namespace sightline {

void TensorSizes::fail(const std::string& what) const {
  throw Error(ErrorCode::invalid_data, "'", weights_.where(), "': ", what);
}

int64_t TensorSizes::extent(const std::string& name, size_t rank, size_t axis) const {
  constexpr int64_t kMaxExtent = 1 << 20;
  const TensorEntry* entry = weights_.find(name);
  if (entry == nullptr) fail("tensor '" + name + "' is missing, which tells a size of the model");
  if (entry->shape.size() != rank || entry->shape[axis] < 1 || entry->shape[axis] > kMaxExtent) {
    fail("tensor '" + name + "' has shape " + shape_text(entry->shape) +
         ", which tells no size of the model");
  }
  return entry->shape[axis];
}

int64_t TensorSizes::count(const std::string& prefix) const {
  constexpr size_t kMaxCount = 1000;
  std::set<std::string> numbers;
  for (auto item = weights_.entries().lower_bound(prefix);
       item != weights_.entries().end() && item->first.starts_with(prefix); ++item) {
    const std::string& name = item->first;
    numbers.insert(name.substr(prefix.size(), name.find('.', prefix.size()) - prefix.size()));
  }
  if (numbers.empty() || numbers.size() > kMaxCount) {
    fail("it has " + std::to_string(numbers.size()) + " blocks '" + prefix + "N', expected 1 to " +
         std::to_string(kMaxCount));
  }
  return static_cast<int64_t>(numbers.size());
}

}  // namespace sightline
