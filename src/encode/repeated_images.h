// Finds the rows of a data set that repeat the image of an earlier row
// (docs/decisions/0033-repeated-images.md).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/hash.h"

namespace sightline {

// Remembers one entry per distinct image: 16 bytes of its SHA-256 and its split, about 64 bytes.
class RepeatedImages {
 public:
  static constexpr int64_t kPending = -1;   // the first row has not been encoded yet
  static constexpr int64_t kNoVector = -2;  // the first row could not be encoded

  // The number of the image's first row among the rows with a vector, or one of the constants.
  using Number = int64_t;

  // Returns the number of this image in this split, valid as long as this object, and whether this
  // is its first row. The caller sets the number once it is known.
  std::pair<Number*, bool> find(const Digest& digest, const std::string& split) {
    Key key;
    std::copy_n(digest.begin(), key.digest.size(), key.digest.begin());
    key.split = splits_.try_emplace(split, splits_.size()).first->second;
    const auto [at, first] = numbers_.try_emplace(key, kPending);
    return {&at->second, first};
  }

 private:
  struct Key {
    std::array<uint8_t, 16> digest{};
    uint64_t split = 0;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    size_t operator()(const Key& key) const {
      size_t value = 0;
      std::memcpy(&value, key.digest.data(), sizeof value);
      return value ^ key.split;
    }
  };
  std::map<std::string, uint64_t> splits_;
  std::unordered_map<Key, Number, Hash> numbers_;
};

// Appends the captions of a repeated image to those of its first row, up to `limit` (0: all).
inline void append_captions(std::vector<std::string>& captions, std::vector<std::string>&& more,
                            int64_t limit) {
  for (std::string& caption : more) {
    if (limit > 0 && static_cast<int64_t>(captions.size()) >= limit) return;
    captions.push_back(std::move(caption));
  }
}

}  // namespace sightline
