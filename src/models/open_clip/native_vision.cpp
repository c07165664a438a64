#include "models/open_clip/native_vision.h"

#include "models/open_clip/config_keys.h"
#include "models/openai_names.h"

namespace sightline {
namespace {

bool matches(const ConfigSection& vision) {
  return vision.find("timm_model_name") == nullptr;
}

ImageTowerSpec read(const ConfigSection& section, const TowerContext& context) {
  VisionTransformerConfig config = read_native_vision(section, context.quick_gelu);
  config.embedding_dim = context.embedding_dim;
  ImageTowerSpec spec;
  spec.image_size = config.image_size;
  spec.patch_size = config.patch_size;
  spec.activation = config.transformer.activation;
  spec.names = openai_tensor_names(context.checkpoint);
  spec.build = [config](WeightBuilder& weights) {
    return std::make_unique<VisionTransformer>(weights, config);
  };
  return spec;
}

}  // namespace

VisionTransformerConfig read_native_vision(const ConfigSection& s, bool quick_gelu) {
  refuse_others(
      s,
      {"layers", "width", "head_width", "mlp_ratio", "patch_size", "image_size", "norm_kwargs",
       "no_ln_pre"},
      {"patch_dropout", "attn_pooler_queries", "attn_pooler_heads", "output_tokens", "timm_drop",
       "timm_drop_path", "timm_model_pretrained", "timm_pool", "timm_proj", "timm_proj_bias"},
      with_block_settings(
          {{"attentional_pool", false}, {"pos_embed_type", "learnable"}, {"pool_type", "tok"}}));
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
  tower.activation = quick_gelu ? Activation::quick_gelu : Activation::gelu;
  config.patch_size = square_size(s, "patch_size", 16);
  if (config.patch_size > config.image_size)
    s.fail("patch_size", "at most image_size " + std::to_string(config.image_size));
  config.pre_norm = !s.flag("no_ln_pre", false);
  return config;
}

ImageTowerKind native_vision_kind() {
  return {"OpenCLIP's vision transformer", matches, read};
}

}  // namespace sightline
