// Byte-pair encoding of words whose first symbols are characters: GPT-2, RoBERTa and Gemma
// (tokenizers), and SentencePiece.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/tokenizers/merge_pairs.h"
#include "text/tokenizers/piece_model.h"
#include "text/tokenizers/piece_trie.h"
#include "text/tokenizers/tokenizer_files.h"
#include "text/tokenizers/unigram.h"

namespace sightline {

struct BpeSettings {
  int32_t unknown_id = -1;     // of characters without a token; -1: they produce nothing
  bool fuse_unknown = false;   // a run of them is one token
  bool byte_fallback = false;  // such a character becomes bytes, if all of them have tokens
  bool ignore_merges = false;  // a word that is a token as a whole is that token
};

// Source: tokenizers models/bpe/model.rs (merge_word) and word.rs (merge_all)
class BpePieces final : public PieceModel {
 public:
  // tokens[id]; is_special[id]: text never produces it. `tokens` must outlive the model. Throws
  // invalid_data if a merge names a token that is missing, or is a duplicate.
  BpePieces(const std::vector<std::string>& tokens, const std::vector<bool>& is_special,
            const MergeList& merges, BpeSettings settings);

  void encode(std::string_view word, std::vector<PieceSpan>& pieces) const override;

 private:
  void append_symbols(std::string_view word, std::vector<MergeSymbol>& symbols) const;

  BpeSettings settings_;
  std::unordered_map<std::string_view, int32_t> ids_;
  std::vector<int32_t> characters_;  // ids by code point, -1 if there is none
  std::vector<int32_t> byte_ids_;    // 256
  PairTable merges_;
};

// Merges by the score of the result.
// Source: sentencepiece bpe_model.cc (SampleEncode)
class SentencePieceBpe final : public PieceModel {
 public:
  // pieces[id]. Throws invalid_data if unknown_id is not among them.
  SentencePieceBpe(std::vector<ScoredPiece> pieces, int32_t unknown_id, bool byte_fallback);

  void encode(std::string_view word, std::vector<PieceSpan>& pieces) const override;

 private:
  std::vector<ScoredPiece> pieces_;
  std::unordered_map<std::string_view, Merge> merges_;  // by result, a view into pieces_
  PieceTrie user_defined_;
  std::vector<int32_t> byte_ids_;  // 256, or empty
  int32_t unknown_id_;
};

}  // namespace sightline
