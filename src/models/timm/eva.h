// timm's Eva as an image tower: EVA01, EVA02 and Perception Encoder, which OpenCLIP's configs name.
// Source: huggingface/pytorch-image-models timm/models/eva.py (Eva, EvaBlock, EvaBlockPostNorm,
// EvaAttention), timm/layers/attention.py (AttentionRope), mlp.py (Mlp, SwiGLU), attention_pool.py
// (AttentionPoolLatent); mlfoundations/open_clip src/open_clip/timm_model.py (TimmModel).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/layer_norm.h"
#include "models/pooling.h"
#include "models/timm/rotary_tables.h"
#include "models/towers.h"

namespace sightline {

struct EvaConfig {
  int64_t image_size = 0;  // S
  int64_t patch_size = 0;  // P
  int64_t width = 0;       // C
  int64_t layers = 0;
  int64_t heads = 0;  // H
  int64_t mlp = 0;    // hidden features of the feed-forward part
  float eps = 1e-6f;  // of the layer norms
  bool class_token = true;
  // A layer norm between the positions and the first block. Its models' patches have no bias.
  bool pre_norm = false;
  // EvaBlockPostNorm: x + norm(attention(x)), instead of x + attention(norm(x)).
  bool post_norm_blocks = false;
  bool attention_norm = false;  // a layer norm before attention's output layer
  bool gated = false;           // SwiGLU: silu(gate) * value, instead of GELU
  bool gated_norm = false;      // a layer norm after the product of SwiGLU
  std::optional<RotaryGrid> rotary;
  // Attention pooling over all positions with that many heads; 0: the class token is the result.
  int64_t pool_heads = 0;
  int64_t pool_mlp = 0;
  // Whether a linear layer follows; without it D is C.
  bool head = true;
  int64_t embedding_dim = 0;  // D
};

class EvaTower : public ImageTower {
 public:
  // Weights "vision_model." + timm's names, with q_proj, k_proj (without bias where key_bias is
  // false) and v_proj apart; attention pooling under the names of make_pooling.
  EvaTower(WeightBuilder& weights, const EvaConfig& config, bool key_bias);

  // pixels (B, 3, S, S) -> (B, D)
  Tensor encode(Ops& ops, const Tensor& pixels) const override { return consume(ops, pixels); }
  Tensor consume(Ops& ops, Tensor pixels) const override;

 private:
  struct Block {
    LayerNorm norm1, norm2, attention_norm, mlp_norm;
    Linear qkv, out, fc1, gate, fc2;  // fc1 of a gated block: the value
  };

  Block make_block(WeightBuilder& weights, const std::string& name, bool key_bias) const;
  // `only_first`: the first position of each image alone goes on, (B, C).
  Tensor run_block(Ops& ops, Tensor x, const Block& block, bool only_first) const;
  Tensor attention(Ops& ops, const Tensor& x, const Block& block) const;
  Tensor feed_forward(Ops& ops, const Tensor& x, const Block& block, const Tensor& residual) const;

  EvaConfig config_;
  Tensor class_token_;  // undefined: none
  Linear patch_;
  Tensor positions_, cosines_, sines_;
  LayerNorm pre_norm_, norm_;
  std::vector<Block> blocks_;
  std::unique_ptr<Pooling> pooling_;  // null: the class token
  Linear head_;
};

}  // namespace sightline
