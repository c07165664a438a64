// Pooling: one vector for each sequence from the hidden states of its positions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/transformer_config.h"
#include "models/weight_builder.h"
#include "ops/ops.h"

namespace sightline {

class Pooling {
 public:
  virtual ~Pooling() = default;

  // The row of each sequence that the vector depends on, so that a last layer computes no other.
  // Empty: it depends on all rows.  x (B, T, C), or (R, C) with offsets
  virtual std::vector<int32_t> selected_rows(const Tensor& x, SequenceOffsets offsets) const {
    (void)x, (void)offsets;
    return {};
  }

  // x (B, T, C), or (R, C) with offsets   -> (B, C) f32; a pooler: (B, D)
  virtual Tensor pool(Ops& ops, const Tensor& x, SequenceOffsets offsets) const = 0;
};

// Whether the kind selects one position of each sequence.
constexpr bool selects_one_row(PoolingKind kind) {
  return kind == PoolingKind::first || kind == PoolingKind::last;
}

// A pooling without weights. Throws internal for one that has weights.
std::unique_ptr<Pooling> make_pooling(PoolingKind kind);

// The pooling that config.pooling names. An attention head has config's width, heads, mlp,
// activation and eps, and takes the weights
//   PREFIX.probe (1, 1, C)             PREFIX.attention.{q,k,v,out}_proj
//   PREFIX.layernorm                   PREFIX.mlp.fc1, PREFIX.mlp.fc2
// Source: transformers modeling_siglip.py, SiglipMultiheadAttentionPoolingHead.
// A pooler has config.pooled_width D, pooler_heads and pooler_queries Q, and takes the weights
//   PREFIX.query (Q, D)   PREFIX.ln_q (D)   PREFIX.ln_k (C)
//   PREFIX.attn.q_proj (D, D)   PREFIX.attn.{k,v}_proj (D, C)   PREFIX.attn.out_proj (D, D)
// Source: mlfoundations/open_clip src/open_clip/transformer.py, AttentionalPooler.
std::unique_ptr<Pooling> make_pooling(const TransformerConfig& config, WeightBuilder& weights,
                                      const std::string& prefix);

}  // namespace sightline
