// A pre-norm transformer as a text tower: tokens, positions, transformer, pooling, projection.
// Source: transformers modeling_clip.py, CLIPTextTransformer, and modeling_siglip.py,
// SiglipTextTransformer; openai/CLIP clip/model.py, CLIP.encode_text; mlfoundations/open_clip
// src/open_clip/transformer.py, text_global_pool.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/towers.h"
#include "models/transformer.h"

namespace sightline {

// The position at which the pooling of one position finds the end token.
enum class EndToken {
  last,     // the last one of the sequence, padding included
  largest,  // the first one with the sequence's largest id
  id,       // the first one with the id end_id; the first position where there is none
};

struct TextTransformerConfig {
  TransformerConfig transformer;
  int64_t context_length = 0;  // T at most
  int64_t vocab_size = 0;      // V
  // The id that pads every text to context_length. Nothing: texts keep their own lengths.
  std::optional<int32_t> pad_id;
  int32_t fill_id =
      0;  // of a class token's text: the tokenizer's padding, which is seen if not pad_id
  EndToken end_token = EndToken::last;
  int32_t end_id = 0;
  int64_t embedding_dim = 0;  // D; 0: no projection, the pooled vector of width C is the result
  std::string projection = "text_projection";  // name of the projection
  bool projection_bias = false;
};

class TextTransformer : public TextTower {
 public:
  // Weights under transformers' names, "text_model.…" and config.projection.
  TextTransformer(WeightBuilder& weights, const TextTransformerConfig& config);
  Tensor encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const override;
  std::optional<TextPadding> padding() const override { return padding_; }

 private:
  // The row of each sequence's end token, which is not EndToken::last.
  std::vector<int32_t> end_rows(const std::vector<int32_t>& ids, SequenceOffsets offsets) const;
  // rows: those that are pooled; empty: those of the transformer's pooling.
  Tensor encode_rows(Ops& ops, const Tensor& ids, SequenceOffsets offsets,
                     std::vector<int32_t> rows) const;

  std::optional<TextPadding> padding_;
  bool causal_;
  EndToken end_token_;
  int32_t end_id_;
  Tensor tokens_, positions_;
  std::optional<Transformer> transformer_;
  Linear projection_;  // null: none
};

// Ids that a backend holds.
std::vector<int32_t> host_ids(Ops& ops, const Tensor& ids);

}  // namespace sightline
