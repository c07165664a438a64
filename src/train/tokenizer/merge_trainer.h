// Learns merges of adjacent symbols, most frequent pair first, for byte-pair encoding and
// WordPiece. Counts pairs over distinct words. The most frequent pair comes from a heap with
// possibly outdated entries, and a merge updates only the words that contain the pair.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sightline {

class MergeTrainer {
 public:
  // `join` returns the text of two merged symbols. If that is the text of an existing token, the
  // pair is merged into that token if `reuse` is true, and never merged otherwise (so that each
  // token results from a single merge).
  MergeTrainer(std::function<std::string(const std::string&, const std::string&)> join, bool reuse)
      : join_(std::move(join)), reuse_(reuse) {}

  // Adds a token, whose text must be new, and returns its id.
  int32_t add_token(std::string text);
  // Adds a distinct word as token ids, with the number of its occurrences. Call before learn.
  void add_word(std::vector<int32_t> symbols, int64_t count);

  // Merges pairs until there are max_tokens tokens or no pair occurs min_frequency times. Among
  // equally frequent pairs, the one with the smaller ids is merged first. Deterministic.
  void learn(size_t max_tokens, int64_t min_frequency);

  const std::vector<std::string>& tokens() const { return tokens_; }
  // Returns the two sides of each learned token, in order.
  const std::vector<std::pair<std::string, std::string>>& merges() const { return merges_; }

 private:
  struct Word {
    std::vector<int32_t> symbols;
    int64_t count;
  };
  struct PairInfo {
    int64_t count = 0;
    std::unordered_set<int32_t>
        words;  // indices; may include words that no longer contain the pair
  };
  struct Entry {
    int64_t count;
    uint64_t key;
    bool operator<(const Entry& o) const {
      return count != o.count ? count < o.count : key > o.key;
    }
  };

  void add(int32_t left, int32_t right, int64_t count, int32_t word);
  void merge(uint64_t key);
  void replace(int32_t w, int32_t left, int32_t right, int32_t id,
               std::unordered_set<uint64_t>& changed);

  std::function<std::string(const std::string&, const std::string&)> join_;
  bool reuse_;
  std::vector<std::string> tokens_;
  std::unordered_map<std::string, int32_t> ids_;
  std::vector<std::pair<std::string, std::string>> merges_;
  std::vector<Word> words_;
  std::unordered_map<uint64_t, PairInfo> pairs_;
  std::priority_queue<Entry> heap_;
};

}  // namespace sightline
