// A map from ids of contents to values, of bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace sightline::library {

// Ids are given in ascending order and never used again: most libraries have an array by id. Ids
// far above the number of contents are in a hash table. Concurrent reads are safe.
template <typename T>
class ContentMap {
 public:
  // `none`: the value of contents that are not in the map.
  ContentMap() = default;
  explicit ContentMap(T none) : none_(none) {}

  T get(int64_t content) const {
    const auto at = static_cast<uint64_t>(content);  // a negative one is beyond all ids
    if (at < array_.size()) return array_[at];
    if (sparse_.empty()) return none_;
    const auto found = sparse_.find(content);
    return found == sparse_.end() ? none_ : found->second;
  }

  // `content`: at least 0.
  void set(int64_t content, T value) {
    T& to = slot(content);
    count_ += static_cast<int64_t>(value != none_) - static_cast<int64_t>(to != none_);
    to = value;
  }

  void clear() {
    array_.clear();
    sparse_.clear();
    count_ = 0;
  }

  // Number of contents that have a value.
  int64_t size() const { return count_; }

  // Calls fn(content) for each content that has a value, in no order.
  template <typename Fn>
  void for_each(const Fn& fn) const {
    for (size_t at = 0; at < array_.size(); ++at) {
      if (array_[at] != none_) fn(static_cast<int64_t>(at));
    }
    for (const auto& [content, value] : sparse_) {
      if (value != none_) fn(content);
    }
  }

 private:
  static constexpr int64_t kMostPerContent = 16;  // elements of the array
  static constexpr int64_t kSmallest = 1024;      // elements

  T& slot(int64_t content) {
    if (content >= static_cast<int64_t>(array_.size())) {
      const int64_t wanted = content + content / 4 + 1;
      if (wanted > kSmallest && wanted > kMostPerContent * (count_ + 1))
        return sparse_.try_emplace(content, none_).first->second;
      grow(wanted);
    }
    return array_[static_cast<size_t>(content)];
  }

  void grow(int64_t size) {
    const auto before = static_cast<int64_t>(array_.size());
    array_.resize(static_cast<size_t>(size), none_);
    std::erase_if(sparse_, [&](const auto& entry) {
      if (entry.first < before || entry.first >= size) return false;
      array_[static_cast<size_t>(entry.first)] = entry.second;
      return true;
    });
  }

  T none_ = {};
  std::vector<T> array_;
  std::unordered_map<int64_t, T> sparse_;
  int64_t count_ = 0;
};

}  // namespace sightline::library
