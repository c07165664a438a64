// Byte-pair encoding over CLIP's byte symbols: the vocabulary, and the merging of one word.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sightline {

// Written at the end of a word's last symbol.
inline constexpr std::string_view kWordEnd = "</w>";

// CLIP's (GPT-2's) 256 byte symbols in the order of their ids: printable Latin-1 bytes stand for
// themselves, the others for U+0100 and up.
struct ByteSymbol {
  uint8_t byte;
  char32_t symbol;
};
const std::array<ByteSymbol, 256>& byte_symbols();

// The bytes that a token of byte symbols spells, and whether it ends a word. Characters that are
// no byte symbols (as in "<|endoftext|>") are kept as they are.
struct TokenBytes {
  std::string bytes;
  bool ends_word = false;
};
TokenBytes token_bytes(std::string_view token);

// What decides the ids of a word. Immutable; encode_word may be called from many threads.
class BytePairModel {
 public:
  // tokens[id] is the token's text; merges in order of rank. Every byte symbol must be there with
  // and without "</w>", and so must both sides and the result of every merge. Throws invalid_data.
  BytePairModel(std::vector<std::string> tokens,
                const std::vector<std::pair<std::string, std::string>>& merges);

  // Appends the ids of one word (bytes, at least one). Adjacent pairs are merged by lowest rank,
  // all occurrences from left to right, until no pair has a rank. O(n log n).
  void encode_word(std::string_view word, std::vector<int32_t>& ids) const;

  const std::vector<std::string>& tokens() const { return tokens_; }
  int32_t find(std::string_view token) const;                      // -1 where there is none
  const std::string& fingerprint() const { return fingerprint_; }  // hex SHA-256 of both lists

 private:
  struct Merge {
    int32_t rank;
    int32_t result;
  };
  const Merge* find_merge(int32_t left, int32_t right) const;

  // Open addressing, at most half full: building these two is most of what loading costs, and a
  // node for each entry would double it.
  struct MergeSlot {
    uint64_t pair = kNoPair;  // left id << 32 | right id
    Merge merge{};
  };
  static constexpr uint64_t kNoPair = ~uint64_t{0};
  size_t token_slot(
      std::string_view token) const;  // of the token, or the free one where it belongs
  size_t merge_slot(uint64_t pair) const;

  std::vector<std::string> tokens_;
  std::vector<int32_t> ids_;       // slots: an id, -1 where free
  std::vector<MergeSlot> merges_;  // slots
  std::array<int32_t, 256> byte_ids_{};
  std::array<int32_t, 256> end_byte_ids_{};  // with "</w>"
  std::string fingerprint_;
};

}  // namespace sightline
