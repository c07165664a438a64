#include "train/tokenizer/merge_trainer.h"

namespace sightline {
namespace {

uint64_t key_of(int32_t left, int32_t right) {
  return (static_cast<uint64_t>(left) << 32) | static_cast<uint32_t>(right);
}

}  // namespace

int32_t MergeTrainer::add_token(std::string text) {
  const auto id = static_cast<int32_t>(tokens_.size());
  ids_.emplace(text, id);
  tokens_.push_back(std::move(text));
  return id;
}

void MergeTrainer::add_word(std::vector<int32_t> symbols, int64_t count) {
  const auto w = static_cast<int32_t>(words_.size());
  for (size_t i = 0; i + 1 < symbols.size(); ++i) add(symbols[i], symbols[i + 1], count, w);
  words_.push_back({std::move(symbols), count});
}

void MergeTrainer::learn(size_t max_tokens, int64_t min_frequency) {
  for (const auto& [key, info] : pairs_) heap_.push({info.count, key});
  while (tokens_.size() < max_tokens && !heap_.empty()) {
    const Entry best = heap_.top();
    heap_.pop();
    const auto it = pairs_.find(best.key);
    if (it == pairs_.end() || it->second.count != best.count)
      continue;  // outdated; a newer entry exists
    if (best.count < min_frequency) return;
    merge(best.key);
  }
}

void MergeTrainer::add(int32_t left, int32_t right, int64_t count, int32_t word) {
  PairInfo& info = pairs_[key_of(left, right)];
  info.count += count;
  if (count > 0) info.words.insert(word);
}

void MergeTrainer::merge(uint64_t key) {
  const auto left = static_cast<int32_t>(key >> 32), right = static_cast<int32_t>(key & 0xFFFFFFFF);
  const PairInfo info = std::move(pairs_[key]);
  pairs_.erase(key);
  const std::string joined = join_(tokens_[left], tokens_[right]);
  const auto found = ids_.find(joined);
  const bool known = found != ids_.end();
  if (known && !reuse_) return;
  const int32_t id = known ? found->second : add_token(joined);
  if (!known) merges_.emplace_back(tokens_[left], tokens_[right]);

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

// Replaces the pair by `id` in one word, from left to right, and updates the counts of its pairs.
void MergeTrainer::replace(int32_t w, int32_t left, int32_t right, int32_t id,
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

}  // namespace sightline
