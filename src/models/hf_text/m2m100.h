// The encoder of M2M100 and NLLB: a pre-norm transformer with sinusoidal positions. A text's vector
// is its first hidden state, at the language's code, or the mean of all.
// Source: transformers modeling_m2m_100.py, M2M100Encoder.
#pragma once

#include <optional>
#include <string>

#include "models/towers.h"
#include "models/transformer.h"

namespace sightline {

struct M2M100Config {
  TransformerConfig transformer;
  int64_t context_length = 0;  // T at most
  int64_t vocab_size = 0;      // V
};

class M2M100Tower : public TextTower {
 public:
  // words: the name of the table of words. The transformer's weights have Transformer's names:
  // "text_model.layers.…" and "text_model.layer_norm" (m2m100_file_name).
  M2M100Tower(WeightBuilder& weights, const M2M100Config& config, const std::string& words);
  // ids (R) i32, with offsets   -> (B, C)
  Tensor encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const override;

 private:
  Tensor words_;  // times sqrt(C); a constant, which is not trained
  Tensor positions_;
  std::optional<Transformer> transformer_;
};

// "text_model.layers.3.mlp.fc1.weight" -> PREFIX + "layers.3.fc1.weight"
std::string m2m100_file_name(const std::string& name, const std::string& prefix);

}  // namespace sightline
