// Learns byte-pair merges: counts of adjacent pairs over distinct words, the best pair from a heap
// whose entries may be out of date, and only the words that hold the pair are touched.
#include <sightline/error.h>

#include <algorithm>
#include <map>
#include <queue>
#include <unordered_map>
#include <unordered_set>

#include "text/clip_tokenizer.h"
#include "text/tokenizer_writer.h"
#include "text/unicode.h"

namespace sightline {
namespace {

struct Word {
  std::vector<int32_t> symbols;
  int64_t count;
};

struct PairInfo {
  int64_t count = 0;
  std::unordered_set<int32_t> words;  // indices; may hold words that lost the pair since
};

uint64_t key_of(int32_t left, int32_t right) {
  return (static_cast<uint64_t>(left) << 32) | static_cast<uint32_t>(right);
}

class Trainer {
 public:
  Trainer(std::span<const std::string> texts, TokenizerProfile profile) {
    for (const ByteSymbol& s : byte_symbols()) {
      byte_ids_[s.byte] = static_cast<int32_t>(tokens_.size());
      tokens_.emplace_back();
      unicode::append_utf8(s.symbol, tokens_.back());
    }
    for (size_t i = 0; i < 256; ++i) tokens_.push_back(tokens_[i] + std::string(kWordEnd));
    known_.insert(tokens_.begin(), tokens_.end());
    count_words(texts, profile);
    for (size_t w = 0; w < words_.size(); ++w) {
      const auto& s = words_[w].symbols;
      for (size_t i = 0; i + 1 < s.size(); ++i)
        add(s[i], s[i + 1], words_[w].count, static_cast<int32_t>(w));
    }
    for (const auto& [key, info] : pairs_) heap_.push({info.count, key});
  }

  void learn(size_t max_tokens, int64_t min_frequency) {
    while (tokens_.size() < max_tokens && !heap_.empty()) {
      const Entry best = heap_.top();
      heap_.pop();
      const auto it = pairs_.find(best.key);
      if (it == pairs_.end() || it->second.count != best.count) continue;  // a newer entry exists
      if (best.count < min_frequency) return;
      merge(best.key);
    }
  }

  std::vector<std::string> tokens_;
  MergeList merges_;

 private:
  struct Entry {
    int64_t count;
    uint64_t key;
    bool operator<(const Entry& o) const {
      return count != o.count ? count < o.count : key > o.key;
    }
  };

  void count_words(std::span<const std::string> texts, TokenizerProfile profile) {
    std::map<std::string, int64_t> counts;  // sorted, so that nothing depends on hashing
    for (const std::string& text : texts) {
      const std::u32string cleaned = clean_text(text, profile);
      split_words(cleaned, profile, [&](size_t begin, size_t end) {
        ++counts[unicode::encode_utf8(std::u32string_view(cleaned).substr(begin, end - begin))];
        return true;
      });
    }
    for (const auto& [word, count] : counts) {
      Word entry{{}, count};
      for (const char c : word) entry.symbols.push_back(byte_ids_[static_cast<uint8_t>(c)]);
      entry.symbols.back() += 256;  // the same byte with "</w>"
      words_.push_back(std::move(entry));
    }
  }

  void add(int32_t left, int32_t right, int64_t count, int32_t word) {
    PairInfo& info = pairs_[key_of(left, right)];
    info.count += count;
    if (count > 0) info.words.insert(word);
  }

  void merge(uint64_t key) {
    const auto left = static_cast<int32_t>(key >> 32),
               right = static_cast<int32_t>(key & 0xFFFFFFFF);
    const PairInfo info = std::move(pairs_[key]);
    pairs_.erase(key);
    const std::string joined = tokens_[left] + tokens_[right];
    // A second way to the same token would break the rule that every token has one merge.
    if (!known_.insert(joined).second) return;
    const auto id = static_cast<int32_t>(tokens_.size());
    merges_.emplace_back(tokens_[left], tokens_[right]);
    tokens_.push_back(joined);

    std::unordered_set<uint64_t> changed;
    for (const int32_t w : info.words) replace(w, left, right, id, changed);
    for (const uint64_t changed_key : changed) {
      const auto it = pairs_.find(changed_key);
      if (it == pairs_.end()) continue;
      if (changed_key == key || it->second.count <= 0) {
        pairs_.erase(it);
      } else {
        heap_.push({it->second.count, changed_key});
      }
    }
  }

  // left right -> id in one word, from left to right; its other pairs are counted anew.
  void replace(int32_t w, int32_t left, int32_t right, int32_t id,
               std::unordered_set<uint64_t>& changed) {
    Word& word = words_[w];
    const std::vector<int32_t> old = std::move(word.symbols);
    word.symbols.clear();
    for (size_t i = 0; i < old.size(); ++i) {
      if (i + 1 < old.size() && old[i] == left && old[i + 1] == right) {
        word.symbols.push_back(id);
        ++i;
      } else {
        word.symbols.push_back(old[i]);
      }
    }
    const auto update = [&](const std::vector<int32_t>& symbols, int64_t count) {
      for (size_t i = 0; i + 1 < symbols.size(); ++i) {
        add(symbols[i], symbols[i + 1], count, w);
        changed.insert(key_of(symbols[i], symbols[i + 1]));
      }
    };
    update(old, -word.count);
    update(word.symbols, word.count);
  }

  std::array<int32_t, 256> byte_ids_{};
  std::unordered_set<std::string> known_;
  std::vector<Word> words_;
  std::unordered_map<uint64_t, PairInfo> pairs_;
  std::priority_queue<Entry> heap_;
};

void require(bool ok, const char* name, const char* expected, int found) {
  if (!ok) {
    throw Error(ErrorCode::invalid_argument, std::string("train_bpe: ") + name + " must be " +
                                                 expected + ", found " + std::to_string(found));
  }
}

}  // namespace

void train_bpe(std::span<const std::string> texts, const BpeTrainerOptions& options,
               const std::filesystem::path& directory) {
  const auto largest = static_cast<int>(kMaxVocabulary);
  require(options.vocab_size >= 514 && options.vocab_size <= largest, "vocab_size",
          "514 to 1048576", options.vocab_size);
  require(options.min_frequency >= 1, "min_frequency", "at least 1", options.min_frequency);
  require(options.context_length >= 3, "context_length", "at least 3", options.context_length);
  Trainer trainer(texts, options.profile);
  trainer.learn(static_cast<size_t>(options.vocab_size) - 2, options.min_frequency);
  trainer.tokens_.emplace_back(kStartToken);
  trainer.tokens_.emplace_back(kEndToken);
  write_tokenizer_files(trainer.tokens_, trainer.merges_, options, directory);
}

}  // namespace sightline
