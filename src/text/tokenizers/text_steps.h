// Steps of a tokenizer's pipeline before its model: normalizers change a text, pre-tokenizers
// divide it into words. Source: tokenizers normalizers/ and pre_tokenizers/, as in tokenizer.json
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/cleaning/charsmap.h"
#include "text/tokenizers/piece_trie.h"

namespace sightline {

// U+2581, which stands for a space in vocabularies of SentencePiece.
inline constexpr std::string_view kMetaspace = "\xE2\x96\x81";

// Maps valid UTF-8 to valid UTF-8.
using Normalizer = std::function<std::string(std::string)>;

struct Word {
  std::string text;       // never empty
  bool at_start = false;  // of the whole text
};
using PreTokenizer = std::function<std::vector<Word>(std::vector<Word>)>;

// Apply all steps in order. Throw limit_exceeded where one makes more than 64 times as many bytes
// as the text has (of a short text, as 1024 have), which only those of a hostile file do.
std::string normalized(const std::vector<Normalizer>& steps, std::string_view text);
std::vector<Word> pre_tokenized(const std::vector<PreTokenizer>& steps, Word text);

std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

// Replaces each run of at least `least` characters that satisfy `matches`.
std::string replace_runs(std::string_view text, bool (*matches)(char32_t), size_t least,
                         std::string_view to);

std::string strip_spaces(std::string_view text, bool left, bool right);

// WhitespaceSplit.
std::vector<Word> split_whitespace(std::vector<Word> words);

enum class PrependScheme { always, first, never };
// Metaspace: replaces spaces by `symbol`, puts one in front of words that do not start with it,
// and, with `split`, starts a word at each.
std::vector<Word> metaspace(std::vector<Word> words, const std::string& symbol,
                            PrependScheme scheme, bool split);

// Split at a string, which ends the words before it ("MergedWithPrevious").
std::vector<Word> split_after(std::vector<Word> words, const std::string& pattern);

// ByteLevel: divides into contractions, runs of letters, of numbers and of other characters, each
// with a preceding space, and runs of whitespace; then spells the bytes with byte_symbols().
// Without `split`, only spells them.
std::vector<Word> byte_level(std::vector<Word> words, bool prefix_space, bool split);

// SentencePiece's own normalizer, whose result is one word.
// Source: sentencepiece normalizer.cc (Normalize)
struct SentencePieceNormalizer {
  std::shared_ptr<const Charsmap> rules;          // may be null
  std::shared_ptr<const PieceTrie> user_defined;  // kept as they are; may be null
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;
  bool whitespace_as_suffix = false;

  std::string operator()(const std::string& text) const;
};

}  // namespace sightline
