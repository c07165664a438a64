// A pre-norm transformer as a text tower: tokens, positions, transformer, pooling, projection.
// Source: transformers modeling_clip.py, CLIPTextTransformer, and modeling_siglip.py,
// SiglipTextTransformer; openai/CLIP clip/model.py, CLIP.encode_text.
#pragma once

#include <optional>
#include <string>

#include "models/towers.h"
#include "models/transformer.h"

namespace sightline {

struct TextTransformerConfig {
  TransformerConfig transformer;
  int64_t context_length = 0;  // T at most
  int64_t vocab_size = 0;      // V
  // The id that pads every text to context_length. Nothing: texts keep their own lengths.
  std::optional<int32_t> pad_id;
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
  std::optional<TextPadding> padding_;
  Tensor tokens_, positions_;
  std::optional<Transformer> transformer_;
  Linear projection_;  // null: none
};

}  // namespace sightline
