// The pre-norm transformer with its final norm and pooling: from embedded positions to one vector
// for each sequence.
// Source: transformers modeling_clip.py, CLIPEncoderLayer; openai/CLIP clip/model.py,
// ResidualAttentionBlock.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/layer_norm.h"
#include "models/pooling.h"
#include "models/transformer_config.h"

namespace sightline {

// The names of a transformer's weights, as transformers has them.
struct TransformerNames {
  std::string layers;  // "vision_model.encoder.layers": LAYERS.0 … LAYERS.(layers - 1)
  std::string norm;    // "vision_model.post_layernorm": the final norm
  std::string head;    // "vision_model.head": of attention pooling
};

// LAYER + name, the last linear layer of attention (part 1) or of the feed-forward part (part 2) of
// a layer, multiplied by LAYER.layer_scale1 or 2 where `config` says so.
Linear branch_output(WeightBuilder& weights, const std::string& layer, const std::string& name,
                     int part, int64_t in, const TransformerConfig& config);

class Transformer {
 public:
  // Throws internal where a causal transformer pools the first position, which sees no other.
  Transformer(WeightBuilder& weights, const TransformerNames& names,
              const TransformerConfig& config);

  // x (B, T, C), or (R, C) with offsets   -> (B, C)
  // Releases x once the first layer has read it, so that its memory is reused. `rows`: of x, one
  // for each sequence, for a pooling that selects one; empty: those that the pooling selects.
  Tensor encode(Ops& ops, Tensor x, SequenceOffsets offsets, OutputType output,
                std::vector<int32_t> rows = {}) const;

 private:
  struct Layer {
    LayerNorm norm1, norm2;
    Linear qkv;               // of layers that compute all positions
    Linear query, key_value;  // of a last layer that computes one position of each sequence
    Linear out, fc1, fc2;
  };

  // All layers but the last.
  Tensor run_inner_layers(Ops& ops, Tensor x, SequenceOffsets offsets) const;
  Tensor run_layer(Ops& ops, Tensor x, const Layer& layer, SequenceOffsets offsets) const;
  // `rows`: of x, one for each sequence. It must see the whole sequence.
  Tensor run_layer_at(Ops& ops, const Tensor& x, const Layer& layer, std::span<const int32_t> rows,
                      SequenceOffsets offsets) const;
  Tensor feed_forward(Ops& ops, const Tensor& x, const Layer& layer) const;

  TransformerConfig config_;
  std::vector<Layer> layers_;
  LayerNorm norm_;
  std::unique_ptr<Pooling> pooling_;
};

}  // namespace sightline
