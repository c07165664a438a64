// What OpenCLIP adds to an encoder of transformers, and the settings of its section of the config.
// Source: mlfoundations/open_clip src/open_clip/hf_model.py, HFTextEncoder, MeanPooler, ClsPooler.
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

// cls_pools: what an absent hf_pooler_type and cls_pooler mean, which takes the output of a pooler
// layer where the encoder has one. Throws unsupported for every setting that is not implemented.
HfTextSettings read_hf_settings(const ConfigSection& text, int64_t embedding_dim, int64_t width,
                                bool cls_pools);

// tower's vectors, (B, width) -> (B, D)
std::unique_ptr<TextTower> with_hf_projection(WeightBuilder& weights,
                                              std::unique_ptr<TextTower> tower,
                                              HfProjection projection, int64_t width,
                                              int64_t embedding_dim);

}  // namespace sightline
