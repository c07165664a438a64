// BERT's tokenizer: words cut greedily into the longest pieces of a vocabulary.
// Source: google-research/bert tokenization.py, WordpieceTokenizer; tokenizers models/wordpiece.
#pragma once

#include <sightline/tokenizer.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/cleaning/cleaning.h"

namespace sightline {

struct WordPieceSettings {
  BertCleaning cleaning;
  std::string unknown_token = "[UNK]";
  std::string start_token = "[CLS]";
  std::string end_token = "[SEP]";
  // Further tokens that text must never become, beside start and end: padding, mask.
  std::vector<std::string> special_tokens{"[PAD]", "[MASK]"};
  std::string continuation = "##";  // before each piece that does not begin its word
  int64_t max_word_length = 100;    // characters; a longer word is unknown
  int context_length = 512;
};

class WordPieceTokenizer final : public Tokenizer {
 public:
  // tokens[id] is the token's text; of equal ones the last counts. Throws invalid_data where the
  // unknown, start or end token is missing, and invalid_argument where context_length leaves no
  // room for a token between start and end.
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
  // A piece of a word: its id and where it ends in the word's characters.
  struct Piece {
    int32_t id;
    size_t end;
  };
  void cut_word(std::u32string_view word, std::vector<Piece>& pieces) const;
  int32_t longest_piece(std::string_view word, const std::vector<size_t>& offsets, size_t begin,
                        size_t& end) const;

  std::vector<std::string> tokens_;
  WordPieceSettings settings_;
  std::unordered_map<std::string_view, int32_t> ids_;      // views into tokens_, all of them
  std::unordered_map<std::string_view, int32_t> begins_;   // what may begin a word
  std::unordered_map<std::string_view, int32_t> follows_;  // what may go on, without "##"
  size_t longest_ = 0;                                     // characters of the longest piece
  int32_t unknown_id_ = 0, start_id_ = 0, end_id_ = 0;
  std::string fingerprint_;
};

}  // namespace sightline
