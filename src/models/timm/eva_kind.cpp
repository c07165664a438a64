#include "models/timm/eva_kind.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "models/open_clip/config_keys.h"
#include "models/tensor_sizes.h"
#include "models/timm/eva.h"
#include "models/timm/timm_model.h"

namespace sightline {
namespace {

// What the name of a timm model decides. Sizes and layers are in the tensors.
struct Facts {
  const char* name;
  int64_t heads;
  float eps;
  bool post_norm_blocks;
  int64_t reference;  // of rotary positions; 0: none
  float offset;
  bool column_first;
  int64_t pool_heads;  // of timm_pool 'map'; 0: timm_pool is 'token'
};

// Source: timm/models/eva.py, the functions of these names.
constexpr std::array kModels = {
    Facts{"eva_giant_patch14_224", 16, 1e-6f, false, 0, 0.f, false, 0},
    Facts{"eva02_base_patch16_clip_224", 12, 1e-6f, false, 16, 0.f, false, 0},
    Facts{"eva02_large_patch14_clip_224", 16, 1e-6f, false, 16, 0.f, false, 0},
    Facts{"eva02_large_patch14_clip_336", 16, 1e-6f, false, 16, 0.f, false, 0},
    Facts{"eva02_enormous_patch14_clip_224", 16, 1e-6f, true, 0, 0.f, false, 0},
    Facts{"vit_pe_core_tiny_patch16_384", 3, 1e-5f, false, 24, 1.f, true, 8},
    Facts{"vit_pe_core_small_patch16_384", 6, 1e-5f, false, 24, 1.f, true, 8},
    Facts{"vit_pe_core_base_patch16_224", 12, 1e-5f, false, 14, 1.f, true, 8},
    Facts{"vit_pe_core_large_patch14_336", 16, 1e-5f, false, 24, 1.f, true, 8},
    Facts{"vit_pe_core_gigantic_patch14_448", 16, 1e-5f, false, 32, 0.f, true, 8}};

// Null where the config names another model.
const Facts* find_facts(const ConfigSection& vision) {
  const nlohmann::json* name = vision.find("timm_model_name");
  if (name == nullptr || !name->is_string()) return nullptr;
  for (const Facts& facts : kModels) {
    if (*name == facts.name) return &facts;
  }
  return nullptr;
}

const std::string kFile = "visual.trunk.";

// The places of the tower's tensors in files of timm's names.
class Names {
 public:
  Names(bool fused, bool key_bias) : fused_(fused), key_bias_(key_bias) {}

  FileTensor operator()(const std::string& name, const Shape& shape) const {
    const std::string rest = name.substr(name.find('.') + 1);  // after "vision_model."
    if (rest == "cls_token") return {kFile + rest, {1, 1, shape[0]}};
    if (rest == "pos_embed") return {kFile + rest, {1, shape[0], shape[1]}};
    if (rest.starts_with("attn_pool.")) return in_pool(rest, shape);
    return fused_ ? in_fused_block(rest, shape) : FileTensor{kFile + rest, shape};
  }

 private:
  // Rows of the layers that are one in the file.
  static FileTensor rows(const std::string& name, Shape shape, int64_t part, int64_t parts) {
    const int64_t begin = part * shape[0];
    shape[0] *= parts;
    return {name, shape, FileTensor::Part::rows, begin};
  }

  static FileTensor in_pool(const std::string& name, const Shape& shape) {
    const std::string pool = kFile + "attn_pool.";
    const std::string rest = name.substr(std::string_view("attn_pool.").size());
    const std::string end = rest.substr(rest.rfind('.') + 1);
    if (rest == "probe") return {pool + "latent", shape};
    if (rest.starts_with("attention.q_proj.")) return {pool + "q." + end, shape};
    if (rest.starts_with("attention.k_proj.")) return rows(pool + "kv." + end, shape, 0, 2);
    if (rest.starts_with("attention.v_proj.")) return rows(pool + "kv." + end, shape, 1, 2);
    if (rest.starts_with("attention.out_proj.")) return {pool + "proj." + end, shape};
    if (rest.starts_with("layernorm.")) return {pool + "norm." + end, shape};
    return {pool + rest, shape};
  }

  FileTensor in_fused_block(const std::string& rest, const Shape& shape) const {
    constexpr std::array<std::string_view, 3> kParts = {"q", "k", "v"};
    for (size_t i = 0; i < kParts.size(); ++i) {
      const size_t at = rest.find(".attn." + std::string(kParts[i]) + "_proj.");
      if (at == std::string::npos) continue;
      const std::string attention = kFile + rest.substr(0, at) + ".attn.";
      const std::string end = rest.substr(rest.rfind('.') + 1);
      // EvaAttention has parameters of their own for the biases, AttentionRope one for all.
      if (end == "bias" && !key_bias_) return {attention + std::string(kParts[i]) + "_bias", shape};
      return rows(attention + "qkv." + end, shape, static_cast<int64_t>(i), 3);
    }
    return {kFile + rest, shape};
  }

  bool fused_, key_bias_;
};

void check_settings(const ConfigSection& s, const Facts& facts) {
  // TimmModel ignores the settings of native towers.
  refuse_others(
      s, {"timm_model_name", "timm_pool", "timm_proj", "image_size"},
      {"timm_model_pretrained", "timm_proj_bias", "timm_drop", "timm_drop_path", "patch_dropout",
       "output_tokens", "layers", "width", "head_width", "mlp_ratio", "patch_size"},
      {});
  const std::string pool = facts.pool_heads > 0 ? "map" : "token";
  if (s.text("timm_pool", "avg") != pool) s.fail("timm_pool", "'" + pool + "' for this model");
  if (read_timm_projection(s) != TimmProjection::classifier)
    s.fail("timm_proj", "null: the model's own projection");
}

EvaConfig read_sizes(const ConfigSection& s, const Facts& facts, const Checkpoint& checkpoint) {
  const TensorSizes sizes(checkpoint);
  const auto has = [&](const std::string& name) {
    return checkpoint.find(kFile + name) != nullptr;
  };
  EvaConfig config;
  config.image_size = square_size(s, "image_size", 224);
  config.width = sizes.extent(kFile + "patch_embed.proj.weight", 4, 0);
  config.patch_size = sizes.extent(kFile + "patch_embed.proj.weight", 4, 2);
  config.layers = sizes.count(kFile + "blocks.");
  config.heads = facts.heads;
  config.eps = facts.eps;
  config.post_norm_blocks = facts.post_norm_blocks;
  config.class_token = has("cls_token");
  config.pre_norm = has("norm_pre.weight");
  config.attention_norm = has("blocks.0.attn.norm.weight");
  config.gated = has("blocks.0.mlp.fc1_g.weight");
  config.gated_norm = config.gated && has("blocks.0.mlp.norm.weight");
  config.mlp = sizes.extent(
      kFile + (config.gated ? "blocks.0.mlp.fc1_g.weight" : "blocks.0.mlp.fc1.weight"), 2, 0);
  config.pool_heads = facts.pool_heads;
  if (facts.pool_heads > 0)
    config.pool_mlp = sizes.extent(kFile + "attn_pool.mlp.fc1.weight", 2, 0);
  else if (!config.class_token)
    sizes.fail("tensor '" + kFile + "cls_token' is missing, which timm_pool 'token' needs");
  const int64_t divisor = facts.heads * (facts.reference > 0 ? 4 : 1);
  if (config.width % divisor != 0 || (facts.pool_heads > 0 && config.width % facts.pool_heads != 0))
    sizes.fail("width " + std::to_string(config.width) + " does not divide into the heads of " +
               facts.name);
  if (config.patch_size > config.image_size)
    s.fail("image_size", "at least the patch size " + std::to_string(config.patch_size));
  if (facts.reference > 0) {
    config.rotary = RotaryGrid{config.image_size / config.patch_size, facts.reference, facts.offset,
                               facts.column_first};
  }
  return config;
}

bool matches(const ConfigSection& vision) {
  return find_facts(vision) != nullptr;
}

ImageTowerSpec read(const ConfigSection& section, const TowerContext& context) {
  const Facts& facts = *find_facts(section);
  check_settings(section, facts);
  EvaConfig config = read_sizes(section, facts, context.checkpoint);
  config.embedding_dim = context.embedding_dim;
  const std::string attention = kFile + "blocks.0.attn.";
  const bool fused = context.checkpoint.find(attention + "qkv.weight") != nullptr;
  const bool key_bias =
      context.checkpoint.find(attention + (fused ? "qkv.bias" : "k_proj.bias")) != nullptr;
  ImageTowerSpec spec;
  spec.image_size = config.image_size;
  spec.patch_size = config.patch_size;
  spec.activation = config.gated ? Activation::silu : Activation::gelu;
  spec.names = Names(fused, key_bias);
  spec.build = [config, key_bias](WeightBuilder& weights) {
    return std::make_unique<EvaTower>(weights, config, key_bias);
  };
  return spec;
}

}  // namespace

ImageTowerKind eva_kind() {
  return {"EVA and Perception Encoder of timm", matches, read};
}

}  // namespace sightline
