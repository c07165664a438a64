// Byte-level byte-pair encoding of single words, as in CLIP.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/tokenizers/pair_table.h"

namespace sightline {

// Suffix of the last symbol of a word (end_of_word_suffix in tokenizer.json).
inline constexpr std::string_view kEndOfWord = "</w>";

// Symbol that represents a byte in the vocabulary.
struct ByteSymbol {
  uint8_t byte;
  char32_t symbol;
};
// Returns the 256 byte symbols of GPT-2 and CLIP in id order. Printable Latin-1 bytes map to
// themselves, all others to U+0100 and up.
const std::array<ByteSymbol, 256>& byte_symbols();

// Bytes represented by a token, without its "</w>".
struct TokenBytes {
  std::string bytes;
  bool ends_word = false;
};
// Decodes a token's byte symbols. Other characters (as in "<|endoftext|>") are kept unchanged.
TokenBytes token_bytes(std::string_view token);

// Vocabulary and ranked merges. Immutable and thread-safe.
class BytePairModel {
 public:
  // tokens[id] is the text of a token; merges are in rank order. The tokens must include every byte
  // symbol with and without "</w>", and both sides and the result of every merge. Throws
  // invalid_data otherwise, and for duplicate tokens or merges.
  BytePairModel(std::vector<std::string> tokens,
                const std::vector<std::pair<std::string, std::string>>& merges);

  // Appends the token ids of one word, given as bytes. Merges all occurrences of the adjacent pair
  // with the lowest rank, from left to right, until no pair has a rank. O(n log n).
  void encode_word(std::string_view word, std::vector<int32_t>& ids) const;

  const std::vector<std::string>& tokens() const { return tokens_; }
  int32_t find(std::string_view token) const;  // -1 if there is none
  // Returns the hex SHA-256 of tokens and merges.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  // Returns the slot of the token, or the free slot where it would be inserted.
  size_t token_slot(std::string_view token) const;

  std::vector<std::string> tokens_;
  std::vector<int32_t> ids_;  // hash table: an id, or -1 if the slot is free
  PairTable merges_;
  std::array<int32_t, 256> byte_ids_{};
  std::array<int32_t, 256> end_byte_ids_{};  // with "</w>"
  std::string fingerprint_;
};

}  // namespace sightline
