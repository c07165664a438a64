// The sizes of a pre-norm transformer, and the choices in which towers differ.
#pragma once

#include <cstdint>

#include "ops/activation.h"

namespace sightline {

// Which positions the vector of a sequence comes from (pooling.h).
enum class PoolingKind {
  first,      // the first position: a class token
  last,       // the last position: an end token
  mean,       // the mean over all positions
  mean_rest,  // the mean over all positions but the first, a class token
  max,        // the maximum of each feature over all positions
  attention,  // a learned query attends to all positions: SigLIP's MAP head
  pooler,     // a learned query attends to all normalized positions: CoCa's AttentionalPooler
};

// The defaults are those of CLIP's image tower.
struct TransformerConfig {
  int64_t width = 0;  // C
  int64_t layers = 0;
  int64_t heads = 0;  // H
  int64_t mlp = 0;    // hidden features of the feed-forward part
  float eps = 1e-5f;  // of the layer norms
  Activation activation = Activation::quick_gelu;

  bool qkv_bias = true;
  // Whether the output of attention and of the feed-forward part is multiplied by a learned factor
  // for each feature.
  bool layer_scale = false;
  bool causal = false;  // position t sees 0..t
  PoolingKind pooling = PoolingKind::first;
  // Whether the final norm comes after pooling. Pooling one position commutes with the norm.
  bool norm_after_pooling = false;
  // Of PoolingKind::pooler, whose vectors have another width than the positions.
  int64_t pooled_width = 0;
  int64_t pooler_heads = 0;
  int64_t pooler_queries = 0;  // in the file; the first one is used
};

}  // namespace sightline
