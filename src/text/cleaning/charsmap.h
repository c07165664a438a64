// The normalization rules compiled into a SentencePiece model ("precompiled_charsmap"), such as
// nmt_nfkc: a double-array trie of strings, and their replacements.
// Source: sentencepiece normalizer.cc (DecodePrecompiledCharsMap) and darts-clone darts.h
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// Of a normalization rule, in bytes: it bounds the growth of a text. The longest one of Unicode's
// NFKC has 33.
inline constexpr size_t kLongestReplacement = 256;

// Immutable and thread-safe.
class Charsmap {
 public:
  Charsmap() = default;  // no rules
  // `blob`: the size of the trie in bytes (32 bits, little endian), the trie, and replacements that
  // end with a NUL. Throws invalid_data; limit_exceeded for one above kLongestReplacement.
  explicit Charsmap(std::string_view blob);

  bool empty() const { return units_.empty(); }

  struct Match {
    size_t bytes;                  // of the text
    std::string_view replacement;  // valid UTF-8
  };
  // Returns the rule for the longest string that `text` starts with.
  std::optional<Match> longest(std::string_view text) const;
  // The same for the shortest string.
  std::optional<Match> shortest(std::string_view text) const;

  // Replaces as the package tokenizers does: a grapheme cluster of up to five bytes that starts
  // with a rule's string is replaced as a whole; else each of its characters is.
  // Source: tokenizers normalizers/precompiled.rs
  std::string normalize_clusters(std::string_view text) const;

 private:
  // Calls found(length, replacement offset) for each match, shortest first, until it returns false.
  template <typename Found>
  void matches(std::string_view text, const Found& found) const;
  std::optional<Match> match(size_t bytes, uint32_t offset) const;

  std::vector<uint32_t> units_;
  std::string replacements_;  // ends with a NUL
};

}  // namespace sightline
