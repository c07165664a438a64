#include "models/open_clip/native_text.h"

#include "models/layouts.h"
#include "models/open_clip/config_keys.h"
#include "models/openai_names.h"

namespace sightline {
namespace {

bool matches(const ConfigSection& text) {
  return text.find("hf_model_name") == nullptr;
}

TextTowerSpec read(const ConfigSection& section, const TowerContext& context) {
  TextTransformerConfig config = read_native_text(section, context.quick_gelu);
  config.embedding_dim = context.embedding_dim;
  TextTowerSpec spec;
  spec.context_length = config.context_length;
  spec.vocab_size = config.vocab_size;
  spec.eos_token_id = config.vocab_size - 1;  // pooled at the largest id
  spec.activation = config.transformer.activation;
  spec.names = openai_tensor_names(context.checkpoint);
  spec.build = [config](WeightBuilder& weights) {
    return std::make_unique<TextTransformer>(weights, config);
  };
  spec.tokenizer = load_openai_style_tokenizer;
  return spec;
}

}  // namespace

TextTransformerConfig read_native_text(const ConfigSection& s, bool quick_gelu) {
  // Names of tokenizers are ignored: the directory's own vocabulary is read, and one other than
  // CLIP's is refused there.
  refuse_others(
      s, {"context_length", "vocab_size", "width", "heads", "layers", "mlp_ratio", "norm_kwargs"},
      {"pad_id", "eos_id", "output_tokens", "hf_tokenizer_name", "hf_model_pretrained",
       "hf_proj_type", "hf_pooler_type"},
      with_block_settings({{"embed_cls", false},
                           {"no_causal_mask", false},
                           {"pool_type", "argmax"},
                           {"proj_bias", false},
                           {"proj_type", "linear"},
                           {"tokenizer_kwargs", nlohmann::json::object()},
                           {"tokenizer_mode", ""}}));
  TextTransformerConfig config;
  TransformerConfig& tower = config.transformer;
  tower.width = s.size("width", 512);
  tower.layers = s.size("layers", 12);
  if (tower.layers > 1000) s.fail("layers", "at most 1000");
  tower.heads = s.size("heads", 8);
  if (tower.width % tower.heads != 0)
    s.fail("heads", "a divisor of width " + std::to_string(tower.width));
  tower.mlp = mlp_width(s, tower.width);
  tower.eps = norm_eps(s);
  tower.activation = quick_gelu ? Activation::quick_gelu : Activation::gelu;
  tower.causal = true;
  tower.pooling = PoolingKind::last;  // the end token
  config.context_length = s.size("context_length", 77, 2);
  config.vocab_size = s.size("vocab_size", 49408, 3);
  return config;
}

TextTowerKind native_text_kind() {
  return {"OpenCLIP's text transformer", matches, read};
}

}  // namespace sightline
