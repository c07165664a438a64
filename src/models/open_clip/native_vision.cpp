#include "models/open_clip/native_vision.h"

#include <sightline/error.h>

#include "models/open_clip/config_keys.h"
#include "models/openai_names.h"

namespace sightline {
namespace {

constexpr std::string_view kPooler = "vision_model.head.attn.";

// A tensor of the pooler's nn.MultiheadAttention, which stores the three projections as one where
// queries and positions have the same width (`fused`), and their biases always.
FileTensor pooler_tensor(const std::string& rest, const Shape& shape, bool fused) {
  const std::string file = "visual.attn_pool.attn.";
  const size_t part = std::string_view("qkv").find(rest[0]);
  if (rest.starts_with("out_proj") || part == std::string_view::npos) return {file + rest, shape};
  const std::string kind = rest.substr(rest.find('.') + 1);
  if (kind == "weight" && !fused) return {file + rest[0] + "_proj_weight", shape};
  Shape whole = shape;
  whole[0] *= 3;
  return {file + "in_proj_" + kind, whole, FileTensor::Part::rows,
          static_cast<int64_t>(part) * shape[0]};
}

bool matches(const ConfigSection& vision) {
  return vision.find("timm_model_name") == nullptr;
}

ImageTowerSpec read(const ConfigSection& section, const TowerContext& context) {
  VisionTransformerConfig config = read_native_vision(section, context.quick_gelu);
  config.embedding_dim = context.embedding_dim;
  if (config.transformer.pooling == PoolingKind::pooler) {
    config.transformer.pooled_width = context.embedding_dim;
    if (context.embedding_dim % config.transformer.pooler_heads != 0)
      section.fail("attn_pooler_heads",
                   "a divisor of embed_dim " + std::to_string(context.embedding_dim));
  }
  ImageTowerSpec spec;
  spec.image_size = config.image_size;
  spec.patch_size = config.patch_size;
  spec.activation = config.transformer.activation;
  const bool fused = config.transformer.pooled_width == config.transformer.width;
  spec.names = [names = openai_tensor_names(context.checkpoint), fused](
                   const std::string& name, const Shape& shape) -> FileTensor {
    return name.starts_with(kPooler) ? pooler_tensor(name.substr(kPooler.size()), shape, fused)
                                     : names(name, shape);
  };
  spec.build = [config](WeightBuilder& weights) {
    return std::make_unique<VisionTransformer>(weights, config);
  };
  return spec;
}

// _pool and _global_pool of the reference.
void read_pooling(const ConfigSection& s, TransformerConfig& tower) {
  const std::string pool = s.text("pool_type", "tok");
  if (s.flag("attentional_pool", false)) {
    if (pool != "tok") s.fail("pool_type", "tok with attentional_pool");
    tower.pooling = PoolingKind::pooler;
    tower.norm_after_pooling = true;
    tower.pooler_heads = s.size("attn_pooler_heads", 8);
    tower.pooler_queries = s.size("attn_pooler_queries", 256);
    return;
  }
  if (pool != "tok" && pool != "avg") s.fail("pool_type", "tok or avg");
  tower.pooling = pool == "avg" ? PoolingKind::mean_rest : PoolingKind::first;
  tower.norm_after_pooling = s.flag("final_ln_after_pool", false);
}

}  // namespace

VisionTransformerConfig read_native_vision(const ConfigSection& s, bool quick_gelu) {
  const nlohmann::json* const layers = s.find("layers");
  if (layers != nullptr && layers->is_array()) {
    throw Error(ErrorCode::unsupported, s.where,
                ": a ModifiedResNet ('layers' is a list) is only read with OpenCLIP's plain text "
                "transformer, and without further settings");
  }
  refuse_others(
      s,
      {"layers", "width", "head_width", "mlp_ratio", "patch_size", "image_size", "norm_kwargs",
       "act_kwargs", "no_ln_pre", "pool_type", "final_ln_after_pool", "attentional_pool",
       "attn_pooler_queries", "attn_pooler_heads", "ls_init_value", "pos_embed_type"},
      {"patch_dropout", "output_tokens", "timm_drop", "timm_drop_path", "timm_model_pretrained",
       "timm_pool", "timm_proj", "timm_proj_bias"},
      with_block_settings({}));
  VisionTransformerConfig config;
  config.image_size = square_size(s, "image_size", 224);
  TransformerConfig& tower = config.transformer;
  tower.width = s.size("width", 768);
  tower.layers = s.size("layers", 12);
  if (tower.layers > 1000) s.fail("layers", "at most 1000");
  const int64_t head_width = s.size("head_width", 64);
  if (tower.width % head_width != 0)
    s.fail("head_width", "a divisor of width " + std::to_string(tower.width));
  tower.heads = tower.width / head_width;
  tower.mlp = mlp_width(s, tower.width);
  tower.eps = norm_eps(s);
  tower.activation = native_activation(s, quick_gelu);
  tower.layer_scale = s.find("ls_init_value") != nullptr;
  read_pooling(s, tower);
  config.patch_size = square_size(s, "patch_size", 16);
  if (config.patch_size > config.image_size)
    s.fail("patch_size", "at most image_size " + std::to_string(config.image_size));
  config.pre_norm = !s.flag("no_ln_pre", false);
  // Files have the positions in both cases.
  const std::string positions = s.text("pos_embed_type", "learnable");
  if (positions != "learnable" && positions != "sin_cos_2d")
    s.fail("pos_embed_type", "learnable or sin_cos_2d");
  return config;
}

ImageTowerKind native_vision_kind() {
  return {"OpenCLIP's vision transformer", matches, read};
}

}  // namespace sightline
