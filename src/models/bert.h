// BERT: a text tower whose vector is the mean of its last hidden states.
// Source: google-research/bert modeling.py; transformers modeling_bert.py, BertModel.
#pragma once

#include <memory>
#include <vector>

#include "models/bert_config.h"
#include "models/layer_norm.h"
#include "models/pooling.h"
#include "models/towers.h"

namespace sightline {

class BertTower : public TextTower {
 public:
  // Asks for the weights by the names of transformers' BertModel, without the pooler.
  //
  // The backend gets one table of positions, embeddings.position_embeddings.weight, to which the
  // first row of token_type_embeddings is added: texts here have one segment, and the sum of both
  // is all that they add to a token. Who writes a checkpoint of the backend's weights writes zeros
  // (type_vocab_size, C) as embeddings.token_type_embeddings.weight beside it.
  //
  // first_position: what the first id's position is; the rows of the table before it are left out.
  // A text whose first k tokens are masked away is the rest of it from position k on, which is how
  // `verify` meets the published numbers of a mask that begins with 0.
  BertTower(WeightBuilder& weights, const BertConfig& config, int64_t first_position = 0);

  // The mean of the hidden states of each text's tokens, the special ones too.
  //   ids (R) i32, with offsets   -> (B, C)
  Tensor encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const override;

  // The last hidden states.  -> (R, C)
  Tensor hidden_states(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const;

 private:
  struct Layer {
    Linear qkv, out, fc1, fc2;
    LayerNorm norm1, norm2;
  };

  BertConfig config_;
  Tensor words_, positions_;
  LayerNorm norm_;
  std::vector<Layer> layers_;
  std::unique_ptr<Pooling> pooling_;
};

// The tensors of a checkpoint under the names that BertTower asks for. Files of BertForMaskedLM and
// the like have them under "bert.", files converted from the first TensorFlow ones call a layer
// norm's weight and bias gamma and beta. Heads (cls.*, pooler.*) are left alone.
std::unique_ptr<ParameterSource> bert_parameters(const Checkpoint& checkpoint);

ModelFamily bert_family();

}  // namespace sightline
