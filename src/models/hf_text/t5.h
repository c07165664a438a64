// T5's encoder in the form of version 1.1, gated GELU: a text tower whose vector is the mean of its
// last hidden states, or the first of them.
// Source: transformers modeling_mt5.py, MT5Stack.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/pooling.h"
#include "models/towers.h"
#include "models/weight_builder.h"

namespace sightline {

struct T5Config {
  int64_t width = 0;  // C
  int64_t layers = 0;
  int64_t heads = 0;           // H
  int64_t inner = 0;           // of q, k and v: H times the width of a head
  int64_t mlp = 0;             // hidden features of the feed-forward part
  int64_t context_length = 0;  // T at most
  int64_t vocab_size = 0;      // V
  int64_t buckets = 32;        // of relative positions
  float eps = 1e-6f;           // of the norms
  PoolingKind pooling = PoolingKind::mean;
};

class T5Tower : public TextTower {
 public:
  // Weights are named as in transformers' encoder, with the prefix.
  T5Tower(WeightBuilder& weights, const T5Config& config, const std::string& prefix);
  // ids (R) i32, with offsets   -> (B, C)
  Tensor encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const override;

 private:
  struct Layer {
    Tensor norm1, norm2;
    Linear qkv, out, gate, up, down;
  };

  T5Config config_;
  Tensor words_, no_positions_, bias_, norm_;
  std::vector<Layer> layers_;
  std::unique_ptr<Pooling> pooling_;
};

}  // namespace sightline
