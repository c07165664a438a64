#include "text/tokenizers/piece_trie.h"

#include <algorithm>
#include <cstddef>

namespace sightline {

PieceTrie::PieceTrie(std::vector<std::pair<std::string_view, int32_t>> pieces) {
  std::erase_if(pieces, [](const auto& piece) { return piece.first.empty(); });
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  nodes_.emplace_back();
  // The pieces below a node, which share its first `depth` bytes.
  struct Pending {
    uint32_t node;
    size_t begin, end, depth;
  };
  std::vector<Pending> queue{{0, 0, pieces.size(), 0}};
  for (size_t next = 0; next < queue.size(); ++next) {
    const Pending at = queue[next];
    size_t begin = at.begin;
    for (; begin < at.end && pieces[begin].first.size() == at.depth; ++begin)
      nodes_[at.node].id = pieces[begin].second;
    nodes_[at.node].first_child = static_cast<uint32_t>(nodes_.size());
    while (begin < at.end) {
      const char label = pieces[begin].first[at.depth];
      size_t end = begin + 1;
      while (end < at.end && pieces[end].first[at.depth] == label) ++end;
      queue.push_back({static_cast<uint32_t>(nodes_.size()), begin, end, at.depth + 1});
      nodes_.emplace_back().label = static_cast<uint8_t>(label);
      ++nodes_[at.node].children;
      begin = end;
    }
  }
  for (uint32_t i = 0; i < nodes_[0].children; ++i)
    roots_[nodes_[nodes_[0].first_child + i].label] = nodes_[0].first_child + i;
}

uint32_t PieceTrie::child(const Node& node, uint8_t label) const {
  uint32_t first = node.first_child, count = node.children;
  while (count > 8) {
    const uint32_t half = count / 2;
    if (nodes_[first + half].label <= label) {
      first += half;
      count -= half;
    } else {
      count = half;
    }
  }
  for (uint32_t i = first; i < first + count; ++i) {
    if (nodes_[i].label == label) return i;
  }
  return 0;
}

}  // namespace sightline
