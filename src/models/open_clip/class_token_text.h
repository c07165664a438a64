// CoCa's text transformer: causal, with a class token after the text that is pooled.
// Source: mlfoundations/open_clip src/open_clip/transformer.py, TextTransformer with embed_cls
// (_embeds, _build_additive_mask with correct_cls_mask False, which all configs have).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/layer_norm.h"
#include "models/text_transformer.h"
#include "models/towers.h"

namespace sightline {

// The reference pads a text to T ids and appends the class token at position T. Its mask hides
// position j > 0 as a key where id j - 1 is the padding's: it is one position off, so that the
// first padding is seen, and the class token does not see itself unless the text fills all
// positions. A hidden position influences no other, so it is left out here; the class token is
// computed apart, with the text's positions as its keys.
class ClassTokenText : public TextTower {
 public:
  // config.context_length is T; the class token is in addition. config.pad_id is the id that is
  // masked, and by which the reference pads.
  ClassTokenText(WeightBuilder& weights, const TextTransformerConfig& config);
  Tensor encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const override;

 private:
  struct Layer {
    LayerNorm norm1, norm2;
    Linear qkv, out, fc1, fc2;
  };
  // The positions that are seen, and what is embedded there.
  struct Sequences {
    std::vector<int32_t> ids;      // of all T + 1 positions of every text
    std::vector<int32_t> all;      // offsets of these
    std::vector<int32_t> seen;     // rows of these
    std::vector<int32_t> offsets;  // of the seen rows
    std::vector<int32_t> classes;  // row of each text's class token in `ids`
  };
  Sequences sequences(const std::vector<int32_t>& ids, SequenceOffsets offsets) const;
  // One layer of the text's rows x and of the class tokens.
  void run_layer(Ops& ops, const Layer& layer, SequenceOffsets offsets, bool last, Tensor& x,
                 Tensor& classes) const;
  Tensor finish_layer(Ops& ops, const Layer& layer, const Tensor& mixed, const Tensor& x) const;

  TextTransformerConfig config_;
  Tensor tokens_;  // with the class token as row V
  Tensor positions_;
  std::vector<Layer> layers_;
  LayerNorm norm_;
  Linear projection_;
};

}  // namespace sightline
