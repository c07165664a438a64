// The projection that OpenCLIP adds to an encoder of transformers, and the settings of its section
// of the config. Source: mlfoundations/open_clip src/open_clip/hf_model.py, HFTextEncoder,
// MeanPooler, ClsPooler.
#pragma once

#include <memory>
#include <string>

#include "models/open_clip/towers.h"
#include "models/transformer_config.h"

namespace sightline {

// "text.transformer.": of the encoder's tensors.
inline constexpr const char* kHfEncoder = "text.transformer.";

enum class HfProjection {
  none,    // the encoder's vector has D elements
  linear,  // text.proj
  mlp,     // text.proj.2(gelu(text.proj.0(x))), (C + D) / 2 hidden features
};

struct HfTextSettings {
  PoolingKind pooling = PoolingKind::mean;
  HfProjection projection = HfProjection::mlp;
  int64_t context_length = 0;
};

// The poolers of an encoder.
struct HfPoolers {
  bool first;  // cls_pooler is the first hidden state; else the output of a layer that is not read
  const char* of_null;  // where hf_pooler_type is null. Source: hf_configs.py, "pooler"
};

// Throws invalid_data or unsupported for every setting that is not implemented.
HfTextSettings read_hf_settings(const ConfigSection& text, int64_t embedding_dim, int64_t width,
                                const HfPoolers& poolers);

// tower's vectors, (B, width) -> (B, D)
std::unique_ptr<TextTower> with_hf_projection(WeightBuilder& weights,
                                              std::unique_ptr<TextTower> tower,
                                              HfProjection projection, int64_t width,
                                              int64_t embedding_dim);

}  // namespace sightline
