// What both tokenizers learn by: again and again the most frequent adjacent pair of symbols becomes
// one symbol. Counts of pairs over distinct words, the best pair from a heap whose entries may be
// out of date, and only the words that hold the pair are touched.
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

class PairTrainer {
 public:
  // join: the text of two symbols together. What a pair that gives a text which is a token already
  // does: with `reuse` it becomes that token, without it is never merged (so that every token has
  // one way to it).
  PairTrainer(std::function<std::string(const std::string&, const std::string&)> join, bool reuse)
      : join_(std::move(join)), reuse_(reuse) {}

  // The id of a new token. Its text must be new.
  int32_t add_token(std::string text);
  // A word of the texts as ids of tokens, and how often it was seen. All of them before learn.
  void add_word(std::vector<int32_t> symbols, int64_t count);

  // Merges until there are max_tokens, or no pair is seen min_frequency times. Of pairs that are
  // equally frequent the one with the smaller ids comes first, so the result is always the same.
  void learn(size_t max_tokens, int64_t min_frequency);

  const std::vector<std::string>& tokens() const { return tokens_; }
  // The two sides of each token that was learned, in order.
  const std::vector<std::pair<std::string, std::string>>& merges() const { return merges_; }

 private:
  struct Word {
    std::vector<int32_t> symbols;
    int64_t count;
  };
  struct PairInfo {
    int64_t count = 0;
    std::unordered_set<int32_t> words;  // indices; may hold words that lost the pair since
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
