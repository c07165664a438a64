#include "models/timm/eva.h"

#include <utility>

namespace sightline {
namespace {

const std::string kTrunk = "vision_model.";

std::unique_ptr<Pooling> make_attention_pool(WeightBuilder& weights, const EvaConfig& config) {
  TransformerConfig head;
  head.width = config.width;
  head.heads = config.pool_heads;
  head.mlp = config.pool_mlp;
  head.eps = config.eps;
  head.activation = Activation::gelu;
  head.pooling = PoolingKind::attention;
  return make_pooling(head, weights, kTrunk + "attn_pool");
}

// The first position of each image: (B, T, C) -> (B, C).
Tensor first_rows(Ops& ops, const Tensor& x) {
  std::vector<int32_t> rows;
  for (int64_t b = 0; b < x.dim(0); ++b) rows.push_back(static_cast<int32_t>(b * x.dim(1)));
  return ops.gather_rows(x, rows);
}

}  // namespace

EvaTower::EvaTower(WeightBuilder& weights, const EvaConfig& config, bool key_bias)
    : config_(config) {
  const int64_t width = config.width, side = config.patch_size;
  const int64_t grid = config.image_size / side, prefix = config.class_token ? 1 : 0;
  if (config.class_token) class_token_ = weights.parameter(kTrunk + "cls_token", {width});
  patch_ = weights.flattened_linear(kTrunk + "patch_embed.proj", {width, 3, side, side},
                                    !config.pre_norm);
  positions_ = weights.parameter(kTrunk + "pos_embed", {grid * grid + prefix, width});
  if (config.rotary) {
    const RotaryTables tables = rotary_tables(*config.rotary, width / config.heads, prefix);
    cosines_ = weights.constant(tables.cosines);
    sines_ = weights.constant(tables.sines);
  }
  if (config.pre_norm) pre_norm_ = LayerNorm(weights, kTrunk + "norm_pre", width, config.eps);
  for (int64_t i = 0; i < config.layers; ++i)
    blocks_.push_back(make_block(weights, kTrunk + "blocks." + std::to_string(i), key_bias));
  norm_ = LayerNorm(weights, kTrunk + "norm", width, config.eps);
  if (config.pool_heads > 0) pooling_ = make_attention_pool(weights, config);
  if (config.head) {
    head_ =
        weights.linear(kTrunk + "head", config.embedding_dim, width, true, LayerPrecision::high);
  }
}

EvaTower::Block EvaTower::make_block(WeightBuilder& weights, const std::string& name,
                                     bool key_bias) const {
  const int64_t width = config_.width, mlp = config_.mlp;
  const auto norm = [&](const std::string& part, int64_t features) {
    return LayerNorm(weights, name + part, features, config_.eps);
  };
  Block block;
  block.norm1 = norm(".norm1", width);
  block.qkv = weights.stacked(name + ".attn", "qkv_proj", width, 0, true, key_bias);
  if (config_.attention_norm) block.attention_norm = norm(".attn.norm", width);
  block.out = weights.linear(name + ".attn.proj", width, width);
  block.norm2 = norm(".norm2", width);
  if (config_.gated) block.gate = weights.linear(name + ".mlp.fc1_g", mlp, width);
  block.fc1 = weights.linear(name + (config_.gated ? ".mlp.fc1_x" : ".mlp.fc1"), mlp, width);
  if (config_.gated_norm) block.mlp_norm = norm(".mlp.norm", mlp);
  block.fc2 = weights.linear(name + ".mlp.fc2", width, mlp);
  return block;
}

// All of EvaAttention but self.proj.
Tensor EvaTower::attention(Ops& ops, const Tensor& x, const Block& block) const {
  // qkv = F.linear(x, weight=self.qkv.weight, bias=qkv_bias). A layer norm reads f32.
  const OutputType type = config_.attention_norm ? OutputType::f32 : OutputType::compute;
  Tensor qkv = ops.linear(x, block.qkv, Activation::none, {}, type);
  // q = torch.cat([q[:, :, :npt, :], apply_rot_embed_cat(q[:, :, npt:, :], rope)], dim=2), and k
  if (config_.rotary) {
    qkv = ops.rotate(std::move(qkv), config_.heads, cosines_, sines_, RotaryPairs::neighbours);
  }
  // x = F.scaled_dot_product_attention(q, k, v)
  return ops.attention(qkv, config_.heads, false);
}

// SwiGLU or Mlp, plus the residual where it is defined.
Tensor EvaTower::feed_forward(Ops& ops, const Tensor& x, const Block& block,
                              const Tensor& residual) const {
  if (!config_.gated) {
    // x = self.fc2(self.act(self.fc1(x)))
    const Tensor hidden = ops.linear(x, block.fc1, Activation::gelu, {}, OutputType::compute);
    return ops.linear(hidden, block.fc2, Activation::none, residual);
  }
  // x = self.act(self.fc1_g(x)) * self.fc1_x(x)
  const OutputType type = config_.gated_norm ? OutputType::f32 : OutputType::compute;
  const Tensor gate = ops.linear(x, block.gate, Activation::silu, {}, type);
  Tensor hidden = ops.multiply(gate, ops.linear(x, block.fc1, Activation::none, {}, type));
  // x = self.fc2(self.norm(x))
  if (config_.gated_norm) hidden = block.mlp_norm(ops, hidden, OutputType::compute);
  return ops.linear(hidden, block.fc2, Activation::none, residual);
}

Tensor EvaTower::run_block(Ops& ops, Tensor x, const Block& block, bool only_first) const {
  const bool post = config_.post_norm_blocks;
  Tensor mixed = attention(ops, post ? x : block.norm1(ops, x, OutputType::compute), block);
  if (only_first) {
    mixed = first_rows(ops, mixed);
    x = first_rows(ops, x);
  }
  // x = self.proj(self.norm(x))
  if (config_.attention_norm) mixed = block.attention_norm(ops, mixed, OutputType::compute);
  if (post) {
    // x = x + self.norm1(self.attn(x, rope=rope)); x = x + self.norm2(self.mlp(x))
    x = ops.add(x, block.norm1(ops, ops.linear(mixed, block.out, Activation::none, {})));
    return ops.add(x, block.norm2(ops, feed_forward(ops, x, block, {})));
  }
  // x = x + self.attn(self.norm1(x), rope=rope); x = x + self.mlp(self.norm2(x))
  x = ops.linear(mixed, block.out, Activation::none, x);
  mixed = Tensor();
  return feed_forward(ops, block.norm2(ops, x, OutputType::compute), block, x);
}

Tensor EvaTower::consume(Ops& ops, Tensor pixels) const {
  // x = self.patch_embed(x); x, rot_pos_embed = self._pos_embed(x)
  Tensor x = ops.patch_embed(std::move(pixels), patch_, config_.patch_size);
  x = ops.add_class_and_positions(x, class_token_, positions_);
  // x = self.norm_pre(x)
  if (config_.pre_norm) x = pre_norm_(ops, x);
  // for blk in self.blocks: x = blk(x, rope=rot_pos_embed)
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const bool only_first = pooling_ == nullptr && i + 1 == blocks_.size();
    x = run_block(ops, std::move(x), blocks_[i], only_first);
  }
  // x = self.norm(x); x = self.pool(x); x = self.head(x)
  x = norm_(ops, x);
  if (pooling_ != nullptr) x = pooling_->pool(ops, x, {});
  return config_.head ? ops.linear(x, head_, Activation::none, {}) : x;
}

}  // namespace sightline
