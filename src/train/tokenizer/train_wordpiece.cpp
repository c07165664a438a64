// Trains a WordPiece vocabulary by merging frequent pairs.
#include <sightline/error.h>

#include <algorithm>
#include <map>
#include <set>

#include "text/cleaning/clean_bert.h"
#include "text/unicode/unicode.h"
#include "train/tokenizer/merge_trainer.h"
#include "train/tokenizer/tokenizer_writer.h"
#include "train/tokenizer/wordpiece_writer.h"

namespace sightline {
namespace {

constexpr std::string_view kContinuation = "##";

std::string character_piece(char32_t c, bool initial) {
  std::string text(initial ? "" : kContinuation);
  unicode::append_utf8(c, text);
  return text;
}

struct Words {
  std::map<std::u32string, int64_t> counts;  // sorted, for determinism
  std::map<char32_t, int64_t> characters;
  std::set<char32_t> continuing;  // characters in words of several characters
};

Words count_words(std::span<const std::string> texts, const BertCleaning& cleaning) {
  Words words;
  for (const std::string& text : texts) {
    const std::u32string cleaned = clean_bert(unicode::decode_utf8(text), cleaning);
    split_bert_words(cleaned, [&](size_t begin, size_t end) {
      ++words.counts[cleaned.substr(begin, end - begin)];
      for (size_t i = begin; i < end; ++i) ++words.characters[cleaned[i]];
      if (end - begin > 1) {
        for (size_t i = begin; i < end; ++i) words.continuing.insert(cleaned[i]);
      }
      return true;
    });
  }
  return words;
}

// Returns the most frequent characters, sorted by code point.
std::vector<char32_t> alphabet(const Words& words, size_t limit) {
  std::vector<std::pair<int64_t, char32_t>> by_count;
  for (const auto& [c, count] : words.characters) by_count.emplace_back(-count, c);
  std::sort(by_count.begin(), by_count.end());
  if (by_count.size() > limit) by_count.resize(limit);
  std::vector<char32_t> out;
  for (const auto& [count, c] : by_count) out.push_back(c);
  std::sort(out.begin(), out.end());
  return out;
}

void require(bool ok, const char* name, const std::string& expected, int64_t found) {
  if (!ok) {
    throw Error(ErrorCode::invalid_argument, "train_wordpiece: ", name, " must be ", expected,
                ", found ", found);
  }
}

std::string joined(const std::string& left, const std::string& right) {
  return left + right.substr(kContinuation.size());
}

}  // namespace

void train_wordpiece(std::span<const std::string> texts, const WordPieceTrainerOptions& options,
                     const std::filesystem::path& directory) {
  require(options.vocab_size >= 6 && options.vocab_size <= static_cast<int>(kMaxVocabulary),
          "vocab_size", "6 to 1048576", options.vocab_size);
  require(options.min_frequency >= 1, "min_frequency", "at least 1", options.min_frequency);
  require(options.max_characters >= 1, "max_characters", "at least 1", options.max_characters);
  require(options.context_length >= 3, "context_length", "at least 3", options.context_length);
  BertCleaning cleaning;
  cleaning.lowercase = cleaning.strip_accents = options.lowercase;
  const Words words = count_words(texts, cleaning);

  MergeTrainer trainer(joined, true);
  for (const std::string_view special : kBertSpecialTokens) trainer.add_token(std::string(special));
  std::map<char32_t, std::pair<int32_t, int32_t>> ids;  // as first piece, as continuation
  for (const char32_t c : alphabet(words, static_cast<size_t>(options.max_characters))) {
    const int32_t initial = trainer.add_token(character_piece(c, true));
    ids[c] = {initial,
              words.continuing.contains(c) ? trainer.add_token(character_piece(c, false)) : -1};
  }
  require(trainer.tokens().size() <= static_cast<size_t>(options.vocab_size), "vocab_size",
          "at least " + std::to_string(trainer.tokens().size()) +
              " for the special tokens and the alphabet",
          options.vocab_size);
  for (const auto& [word, count] : words.counts) {
    std::vector<int32_t> symbols;
    for (const char32_t c : word) {
      const auto it = ids.find(c);
      if (it == ids.end()) break;
      symbols.push_back(symbols.empty() ? it->second.first : it->second.second);
    }
    if (symbols.size() == word.size()) trainer.add_word(std::move(symbols), count);
  }
  trainer.learn(static_cast<size_t>(options.vocab_size), options.min_frequency);
  write_wordpiece_files(trainer.tokens(), options, directory);
}

}  // namespace sightline
