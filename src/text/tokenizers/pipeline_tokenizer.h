// A tokenizer that is a pipeline: normalizers, pre-tokenizers, a model of pieces, and special
// tokens around the ids. Hugging Face's tokenizer.json describes such pipelines; SentencePiece is
// one.
#pragma once

#include <sightline/tokenizer.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "text/tokenizers/piece_model.h"
#include "text/tokenizers/piece_trie.h"
#include "text/tokenizers/text_steps.h"

namespace sightline {

struct TextPipeline {
  TokenizerProfile profile = TokenizerProfile::unigram;
  std::vector<std::string> tokens;  // by id; of duplicates the last one is found
  // Tokens that are not special and found in a text before anything else is done to it, or once it
  // is normalized.
  PieceTrie raw_tokens, normalized_tokens;
  std::vector<Normalizer> normalizers;
  std::vector<PreTokenizer> pre_tokenizers;
  std::shared_ptr<const PieceModel> model;
  std::vector<int32_t> prefix, suffix;  // ids around those of the text
  int32_t id_offset = 0;                // of the model's ids, in the vocabulary
  int32_t unknown_id = -1;              // of the model's id unknown_piece; -1: as the others
  int32_t unknown_piece = -1;
  int context_length = 0;
  std::string identity;  // everything that determines ids; hashed into the fingerprint
};

class PipelineTokenizer final : public Tokenizer {
 public:
  // Throws invalid_argument if context_length leaves no room for a token of the text.
  explicit PipelineTokenizer(TextPipeline pipeline);

  // Throws limit_exceeded where the steps make more than 64 times as much text.
  TokenIds encode(std::string_view text) const override;
  std::string token(int32_t id) const override;
  int32_t find(std::string_view token) const override;
  int32_t start_id() const override { return p_.prefix.empty() ? -1 : p_.prefix.front(); }
  int32_t end_id() const override { return p_.suffix.empty() ? -1 : p_.suffix.back(); }
  int32_t vocab_size() const override { return static_cast<int32_t>(p_.tokens.size()); }
  int context_length() const override { return p_.context_length; }
  TokenizerProfile profile() const override { return p_.profile; }
  std::string fingerprint() const override { return fingerprint_; }

 private:
  struct Encoded;
  void encode_part(std::string_view text, bool at_start, size_t limit, Encoded& out) const;
  void encode_normalized(std::string_view text, bool at_start, size_t limit, Encoded& out) const;
  std::string readable(std::string_view text) const;

  TextPipeline p_;
  std::unordered_map<std::string_view, int32_t> ids_;  // keys are views into p_.tokens
  std::string fingerprint_;
};

}  // namespace sightline
