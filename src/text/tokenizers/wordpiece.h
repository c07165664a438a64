// BERT's tokenizer: splits words greedily into the longest matching pieces of the vocabulary.
// Source: google-research/bert tokenization.py, WordpieceTokenizer; tokenizers models/wordpiece
#pragma once

#include <sightline/tokenizer.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/cleaning/clean_bert.h"

namespace sightline {

struct WordPieceSettings {
  BertCleaning cleaning;
  std::string unknown_token = "[UNK]";
  std::string start_token = "[CLS]";
  std::string end_token = "[SEP]";
  // Tokens that text never produces, in addition to the unknown, start and end tokens.
  std::vector<std::string> special_tokens{"[PAD]", "[MASK]"};
  std::string continuation = "##";  // prefix of pieces that continue a word
  int64_t max_word_length = 100;    // in characters; longer words become the unknown token
  int context_length = 512;
};

class WordPieceTokenizer final : public Tokenizer {
 public:
  // tokens[id] is the text of a token; of duplicates the last one is used. Throws invalid_data if
  // the unknown, start or end token is missing, invalid_argument if context_length is below 3
  // (start, one token, end).
  WordPieceTokenizer(std::vector<std::string> tokens, WordPieceSettings settings);

  TokenIds encode(std::string_view text) const override;
  std::string token(int32_t id) const override;
  int32_t find(std::string_view token) const override;
  int32_t start_id() const override { return start_id_; }
  int32_t end_id() const override { return end_id_; }
  int32_t vocab_size() const override { return static_cast<int32_t>(tokens_.size()); }
  int context_length() const override { return settings_.context_length; }
  TokenizerProfile profile() const override { return TokenizerProfile::wordpiece; }
  std::string fingerprint() const override { return fingerprint_; }

 private:
  struct Piece {
    int32_t id;
    size_t end;  // in characters of the word
  };
  void split_word(std::u32string_view word, std::vector<Piece>& pieces) const;
  // Returns the id of the longest piece that starts at character `begin` and sets `end` to where it
  // ends, or returns -1. offsets[i] is the byte offset of character i; its last element is the size
  // of the word.
  int32_t match_longest(std::string_view word, const std::vector<size_t>& offsets, size_t begin,
                        size_t& end) const;

  std::vector<std::string> tokens_;
  WordPieceSettings settings_;
  // Keys are views into tokens_.
  std::unordered_map<std::string_view, int32_t> ids_;      // all tokens
  std::unordered_map<std::string_view, int32_t> initial_;  // pieces that may start a word
  std::unordered_map<std::string_view, int32_t>
      continuations_;         // pieces after the first, without "##"
  size_t longest_piece_ = 0;  // in characters
  int32_t unknown_id_ = 0, start_id_ = 0, end_id_ = 0;
  std::string fingerprint_;
};

}  // namespace sightline
