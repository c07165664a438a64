// Hash table of the ranked merges of byte-pair encoding.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sightline {

struct Merge {
  int32_t rank;    // lower merges first
  int32_t result;  // token id
};

// Merges by pair of token ids. Open addressing, at most half full: building it dominates loading
// time, and a table with a node per entry would take twice as long.
class PairTable {
 public:
  explicit PairTable(size_t entries) : slots_(std::bit_ceil(2 * entries + 2)) {}

  // Returns false if the pair is already there. At most `entries` pairs.
  bool insert(int32_t left, int32_t right, Merge merge) {
    const uint64_t pair = key(left, right);
    Slot& slot = slots_[slot_of(pair)];
    if (slot.pair != kNoPair) return false;
    slot = {pair, merge};
    return true;
  }

  // Returns null if there is no such merge.
  const Merge* find(int32_t left, int32_t right) const {
    const Slot& slot = slots_[slot_of(key(left, right))];
    return slot.pair == kNoPair ? nullptr : &slot.merge;
  }

 private:
  static constexpr uint64_t kNoPair = ~uint64_t{0};
  struct Slot {
    uint64_t pair = kNoPair;  // left id << 32 | right id
    Merge merge{};
  };

  static uint64_t key(int32_t left, int32_t right) {
    return (static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32) |
           static_cast<uint32_t>(right);
  }
  // Returns the slot of the pair, or the free slot where it would be inserted.
  size_t slot_of(uint64_t pair) const {
    const size_t mask = slots_.size() - 1;
    size_t at = (pair * 0x9e3779b97f4a7c15u >> 32) & mask;  // Fibonacci hashing
    while (slots_[at].pair != kNoPair && slots_[at].pair != pair) at = (at + 1) & mask;
    return at;
  }

  std::vector<Slot> slots_;
};

}  // namespace sightline
