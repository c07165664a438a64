// The unigram language model of SentencePiece: of all divisions of a word into pieces, the one with
// the highest sum of log probabilities.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizers/piece_model.h"
#include "text/tokenizers/piece_trie.h"

namespace sightline {

enum class PieceKind : uint8_t {
  normal,
  user_defined,  // always a piece of its own (sentencepiece)
  byte,          // "<0x0A>", only through byte_fallback
  special,       // never produced by text
};

struct ScoredPiece {
  std::string text;
  double score = 0;  // log probability
  PieceKind kind = PieceKind::normal;
};

// The two implementations round sums differently, which decides between divisions that are equally
// probable.
//   tokenizers     Source: tokenizers models/unigram/model.rs (encode_optimized); float64
//   sentencepiece  Source: sentencepiece unigram_model.cc (EncodeOptimized); float32
enum class UnigramFlavor { tokenizers, sentencepiece };

struct UnigramSettings {
  UnigramFlavor flavor = UnigramFlavor::tokenizers;
  int32_t unknown_id = 0;      // of a run of characters that are no pieces
  bool byte_fallback = false;  // such characters become bytes, if all of them have tokens
};

class UnigramModel final : public PieceModel {
 public:
  // pieces[id]; of equal texts the last one counts. Throws invalid_data if unknown_id is not among
  // the pieces or a score is not finite.
  UnigramModel(const std::vector<ScoredPiece>& pieces, UnigramSettings settings);

  void encode(std::string_view word, std::vector<PieceSpan>& pieces) const override;

 private:
  struct Step {
    int32_t id;
    uint32_t begin, end;
  };
  double piece_score(int32_t id, uint32_t length) const;  // length in bytes
  template <typename Score>
  void best_path(std::string_view word, std::vector<Step>& steps) const;
  void append_unknown(std::string_view word, uint32_t begin, uint32_t end,
                      std::vector<PieceSpan>& pieces) const;

  UnigramSettings settings_;
  PieceTrie trie_;
  std::vector<float> scores_;          // flavor sentencepiece
  std::vector<double> double_scores_;  // flavor tokenizers
  std::vector<bool> user_defined_;     // empty if there is none
  double unknown_score_ = 0;
  float highest_score_ = 0;        // flavor sentencepiece
  std::vector<int32_t> byte_ids_;  // 256, or empty without byte_fallback
};

}  // namespace sightline
