// A trie of byte strings with ids.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace sightline {

// Immutable and thread-safe.
class PieceTrie {
 public:
  PieceTrie() : PieceTrie(std::vector<std::pair<std::string_view, int32_t>>{}) {}
  // Of equal strings the last one counts. Empty strings are ignored. Ids must not be negative.
  explicit PieceTrie(std::vector<std::pair<std::string_view, int32_t>> pieces);

  bool empty() const { return nodes_.size() == 1; }

  // Calls found(length, id) for each piece that `text` starts with, shortest first.
  template <typename Found>
  void prefixes(std::string_view text, const Found& found) const {
    if (text.empty()) return;
    uint32_t node = roots_[static_cast<uint8_t>(text[0])];
    for (uint32_t length = 1; node != 0; ++length) {
      if (nodes_[node].id >= 0) found(length, nodes_[node].id);
      if (length == text.size()) return;
      node = child(nodes_[node], static_cast<uint8_t>(text[length]));
    }
  }

  // Returns the length of the longest piece that `text` starts with and sets `id`; 0 if none.
  uint32_t longest(std::string_view text, int32_t& id) const {
    uint32_t best = 0;
    prefixes(text, [&](uint32_t length, int32_t found) { best = length, id = found; });
    return best;
  }

 private:
  // Children of a node are contiguous and sorted by label.
  struct Node {
    uint32_t first_child = 0;
    uint16_t children = 0;
    uint8_t label = 0;
    int32_t id = -1;
  };

  uint32_t child(const Node& node, uint8_t label) const;  // 0 if there is none

  std::vector<Node> nodes_;  // node 0 is the root
  std::array<uint32_t, 256> roots_{};
};

}  // namespace sightline
