// BERT: a text tower whose vector is pooled from its last hidden states, by default their mean.
// With a bias by relative position it is MPNet's (roberta.h). Source: google-research/bert
// modeling.py; transformers modeling_bert.py, BertModel; modeling_mpnet.py, MPNetModel.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/bert_config.h"
#include "models/layer_norm.h"
#include "models/pooling.h"
#include "models/towers.h"

namespace sightline {

class BertTower : public TextTower {
 public:
  // Weights are named as in transformers' BertModel, without the pooler.
  //
  // Texts have one segment, so the backend's table embeddings.position_embeddings.weight is the sum
  // of the positions and the first row of token_type_embeddings. A checkpoint written from the
  // backend's weights therefore has zeros (type_vocab_size, C) as
  // embeddings.token_type_embeddings.weight.
  //
  // first_position: the position of the first id; earlier rows of the table are dropped. A text
  // whose attention mask begins with k zeros equals the rest of it from position k on; `verify`
  // reproduces published values of such a mask. 0 where there are no segment types.
  //
  // prefix: of all names.
  BertTower(WeightBuilder& weights, const BertConfig& config, int64_t first_position = 0,
            const std::string& prefix = "");

  // Pools the hidden states of each text's tokens, including the special ones.
  //   ids (R) i32, with offsets   -> (B, C)
  Tensor encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const override;

  // The last hidden states.  -> (R, C)
  Tensor hidden_states(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const;

 private:
  struct Layer {
    Linear qkv, out, fc1, fc2;
    LayerNorm norm1, norm2;
  };

  // The rows to which those of words are added, one for each position.
  Tensor make_positions(WeightBuilder& weights, const std::string& name,
                        int64_t first_position) const;
  Tensor attend(Ops& ops, Tensor qkv, SequenceOffsets offsets) const;

  BertConfig config_;
  Tensor words_, positions_;
  Tensor bias_;             // of attention, by relative position; undefined: none
  Tensor cosines_, sines_;  // of rotary positions; undefined: none
  LayerNorm norm_;
  std::vector<Layer> layers_;
  std::unique_ptr<Pooling> pooling_;
};

// The tensors of a checkpoint under the names that BertTower asks for. Files of BertForMaskedLM and
// similar classes have the prefix "bert.", and files converted from early TensorFlow checkpoints
// have gamma and beta for a layer norm's weight and bias. Heads (cls.*, pooler.*) need not be read.
std::unique_ptr<ParameterSource> bert_parameters(const Checkpoint& checkpoint);

// The tower of a source whose config is a BertConfig. Used for BERT and the families like it.
LoadedModel load_bert(const ModelSource& source, Ops& ops, const ModelOptions& options);

ModelFamily bert_family();

}  // namespace sightline
