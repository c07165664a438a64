// The merge loop of byte-pair encoding, shared by its variants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "text/tokenizers/pair_table.h"

namespace sightline {

struct MergeSymbol {
  int32_t id;           // -1: not in the vocabulary
  uint32_t begin, end;  // bytes of the word
  bool fixed = false;   // never merges
};

// The merges that one merge makes possible.
enum class NewMerges {
  at_once,     // compete with all others: tokenizers, SentencePiece
  after_rank,  // wait until the current rank is complete: the definition of GPT-2 and CLIP
};

// Merges adjacent symbols until no pair has a merge: always the pair with the lowest rank, of
// several the leftmost. find(left, right) returns the pair's merge, or null. The symbols must be in
// order and adjoin. The variants of NewMerges differ only where a merge ranks before the one that
// makes it possible, which trained vocabularies do not have. O(n log n).
template <NewMerges mode = NewMerges::at_once, typename Find>
void merge_pairs(std::vector<MergeSymbol>& symbols, const Find& find) {
  const auto count = static_cast<int32_t>(symbols.size());
  struct Link {
    int32_t previous, next;
  };
  std::vector<Link> links(symbols.size());
  for (int32_t i = 0; i < count; ++i) links[i] = {i - 1, i + 1};
  // A candidate is stale once either symbol ends elsewhere.
  struct Candidate {
    int32_t rank, position, result;
    uint32_t middle, end;
    bool operator>(const Candidate& o) const {
      return std::pair(rank, position) > std::pair(o.rank, o.position);
    }
  };
  std::vector<Candidate> storage;
  storage.reserve(symbols.size());
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue(std::greater<>(),
                                                                               std::move(storage));
  std::vector<Candidate> waiting;
  const auto add_candidate = [&](int32_t at, bool waits = false) {
    if (at < 0 || links[at].next >= count) return;
    const MergeSymbol &left = symbols[at], &right = symbols[links[at].next];
    if (left.fixed || right.fixed) return;
    if (const Merge* merge = find(left, right)) {
      const Candidate candidate{merge->rank, at, merge->result, left.end, right.end};
      waits ? waiting.push_back(candidate) : queue.push(candidate);
    }
  };
  for (int32_t i = 0; i + 1 < count; ++i) add_candidate(i);
  constexpr uint32_t kMerged = ~uint32_t{0};  // the end of a symbol merged into its left neighbor
  for (int32_t rank = -1; !queue.empty() || !waiting.empty();) {
    if (queue.empty() || queue.top().rank != rank) {
      for (const Candidate& c : waiting) queue.push(c);
      waiting.clear();
      rank = queue.top().rank;
    }
    const Candidate c = queue.top();
    queue.pop();
    MergeSymbol& left = symbols[c.position];
    if (left.end != c.middle || links[c.position].next >= count) continue;
    const int32_t right = links[c.position].next;
    if (symbols[right].end != c.end) continue;
    left.id = c.result;
    left.end = c.end;
    symbols[right].end = kMerged;
    links[c.position].next = links[right].next;
    if (links[right].next < count) links[links[right].next].previous = c.position;
    add_candidate(links[c.position].previous, mode == NewMerges::after_rank);
    add_candidate(c.position, mode == NewMerges::after_rank);
  }
  std::erase_if(symbols, [](const MergeSymbol& s) { return s.end == kMerged; });
}

}  // namespace sightline
