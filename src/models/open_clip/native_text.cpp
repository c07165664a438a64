#include "models/open_clip/native_text.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "models/layouts.h"
#include "models/open_clip/class_token_text.h"
#include "models/open_clip/config_keys.h"
#include "models/open_clip/tokenizer_settings.h"
#include "models/openai_names.h"

namespace sightline {
namespace {

constexpr std::string_view kClip = "";  // no hf_tokenizer_name: OpenAI's tokenizer

bool matches(const ConfigSection& text) {
  return text.find("hf_model_name") == nullptr;
}

// The id with which the tokenizer that the config names pads texts. Its files need not be there.
int32_t padding_id(const ConfigSection& s) {
  std::string name = s.text("hf_tokenizer_name", "");
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  const int64_t vocabulary = s.size("vocab_size", 49408, 3);
  constexpr int64_t kGemma = 256000, kMultilingualC4 = 250000, kC4 = 32000;
  const auto is = [&](std::string_view part) { return name.find(part) != std::string::npos; };
  if (name == kClip || is("gemma") || is("siglip2") || is("t5")) return 0;
  if (is("siglip") || is("xlm")) return 1;
  if (is("bert") && !is("roberta")) return 0;
  if (vocabulary == kGemma) return 0;
  if (vocabulary == kMultilingualC4 || vocabulary == kC4) return 1;
  s.fail("hf_tokenizer_name",
         "a tokenizer whose padding is known: CLIP's, SigLIP's, BERT, T5, "
         "Gemma or XLM");
}

// The position that is pooled, and whether texts must be padded for it. Padding at the end changes
// nothing in a causal transformer, unless the last position is pooled.
void read_pooling(const ConfigSection& s, TextTransformerConfig& config) {
  TransformerConfig& tower = config.transformer;
  const std::string pool = s.text("pool_type", "argmax");
  const bool end = pool == "argmax" || pool == "eos";
  if (!end && pool != "last" && (pool != "first" || tower.causal))
    s.fail("pool_type", tower.causal ? "argmax, eos or last" : "argmax, eos, last or first");
  tower.pooling = pool == "first" ? PoolingKind::first : PoolingKind::last;
  if (pool == "eos") config.end_id = static_cast<int32_t>(s.size("eos_id", 2, 0));
  if (!tower.causal || !end) config.pad_id = padding_id(s);
  // OpenAI's tokenizer ends each text with its largest id, and no text has it elsewhere.
  const bool own_end = pool == "argmax" && s.text("hf_tokenizer_name", "") == kClip;
  if (end && (config.pad_id || !own_end))
    config.end_token = pool == "eos" ? EndToken::id : EndToken::largest;
}

std::optional<int64_t> end_token(const ConfigSection& s, const TextTransformerConfig& config) {
  if (s.text("pool_type", "argmax") == "eos") return config.end_id;
  if (s.text("hf_tokenizer_name", "") == kClip) return config.vocab_size - 1;
  return std::nullopt;
}

TextTowerSpec read(const ConfigSection& section, const TowerContext& context) {
  TextTransformerConfig config = read_native_text(section, context.quick_gelu);
  const std::string projection = section.text("proj_type", "linear");
  if (projection == "linear") {
    config.embedding_dim = context.embedding_dim;
  } else if (projection != "none") {
    section.fail("proj_type", "linear or none");
  } else if (config.transformer.width != context.embedding_dim) {
    section.fail("width",
                 "embed_dim " + std::to_string(context.embedding_dim) + " without a projection");
  }
  const bool class_token = section.flag("embed_cls", false);
  if (class_token) {
    if (!config.transformer.causal) section.fail("no_causal_mask", "false with embed_cls");
    config.pad_id = static_cast<int32_t>(section.size("pad_id", 0, 0));
    config.fill_id = padding_id(section);
  }
  TextTowerSpec spec;
  spec.context_length = config.context_length;
  spec.vocab_size = config.vocab_size;
  spec.eos_token_id = end_token(section, config);
  spec.activation = config.transformer.activation;
  spec.names = [names = openai_tensor_names(context.checkpoint), prefix = context.text_prefix,
                biased = config.projection_bias](const std::string& name,
                                                 const Shape& shape) -> FileTensor {
    if (biased && name.starts_with("text_projection")) return {prefix + name, shape};
    return names(name, shape);
  };
  spec.build = [config, class_token](WeightBuilder& weights) -> std::unique_ptr<TextTower> {
    if (class_token) return std::make_unique<ClassTokenText>(weights, config);
    return std::make_unique<TextTransformer>(weights, config);
  };
  spec.tokenizer = load_openai_style_tokenizer;
  if (section.text("hf_tokenizer_name", "") != kClip) {
    spec.tokenizer = read_tokenizer_settings(section);
  } else if (section.find("tokenizer_kwargs") != nullptr) {
    refuse_others(section.child("tokenizer_kwargs"), {}, {}, {{"clean", "lower"}});
  }
  return spec;
}

}  // namespace

TextTransformerConfig read_native_text(const ConfigSection& s, bool quick_gelu) {
  refuse_others(
      s,
      {"context_length", "vocab_size", "width", "heads", "layers", "mlp_ratio", "norm_kwargs",
       "act_kwargs", "ls_init_value", "embed_cls", "no_causal_mask", "pool_type", "pad_id",
       "eos_id", "proj_bias", "proj_type", "hf_tokenizer_name", "tokenizer_kwargs"},
      // The reference's text transformer does not read final_ln_after_pool.
      {"output_tokens", "hf_model_pretrained", "hf_proj_type", "hf_pooler_type",
       "final_ln_after_pool"},
      with_block_settings({{"tokenizer_mode", ""}}));
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
  tower.activation = native_activation(s, quick_gelu);
  tower.layer_scale = s.find("ls_init_value") != nullptr;
  tower.causal = !s.flag("no_causal_mask", false);
  config.context_length = s.size("context_length", 77, 2);
  config.vocab_size = s.size("vocab_size", 49408, 3);
  config.projection_bias = s.flag("proj_bias", false);
  read_pooling(s, config);
  return config;
}

TextTowerKind native_text_kind() {
  return {"OpenCLIP's text transformer", matches, read};
}

}  // namespace sightline
