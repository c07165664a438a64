#include "models/siglip.h"

#include <sightline/error.h>

#include <array>
#include <cmath>
#include <string_view>

#include "base/json.h"
#include "models/config_section.h"
#include "models/naflex.h"
#include "models/text_transformer.h"
#include "models/vision_transformer.h"

namespace sightline {
namespace {

using nlohmann::json;

struct SiglipConfig {
  bool variable_size = false;  // NaFlex
  VisionTransformerConfig vision;
  TextTransformerConfig text;
};

Activation read_activation(const ConfigSection& s) {
  const std::string name = s.text("hidden_act", "gelu_pytorch_tanh");
  if (name == "gelu_pytorch_tanh") return Activation::gelu_tanh;
  if (name == "gelu") return Activation::gelu;
  throw Error(ErrorCode::unsupported, s.where, ": 'hidden_act' is '", name,
              "', this build has 'gelu_pytorch_tanh' and 'gelu'");
}

TransformerConfig read_tower(const ConfigSection& s) {
  TransformerConfig tower;
  tower.width = s.size("hidden_size", 768);
  tower.layers = s.size("num_hidden_layers", 12);
  if (tower.layers > 1000) s.fail("num_hidden_layers", "at most 1000");
  tower.heads = s.size("num_attention_heads", 12);
  if (tower.width % tower.heads != 0)
    s.fail("num_attention_heads", "a divisor of hidden_size " + std::to_string(tower.width));
  tower.mlp = s.size("intermediate_size", 3072);
  const double eps = s.number("layer_norm_eps", 1e-6);
  if (!(eps > 0 && eps < 1)) s.fail("layer_norm_eps", "a number between 0 and 1");
  tower.eps = static_cast<float>(eps);
  tower.activation = read_activation(s);
  return tower;
}

// The image whose patches the position embedding has, of S x S pixels.
int64_t read_image_size(const ConfigSection& s, const SiglipConfig& config, int64_t patch_size) {
  if (!config.variable_size) {
    const int64_t size = s.size("image_size", 224);
    if (patch_size > size) s.fail("patch_size", "at most image_size " + std::to_string(size));
    return size;
  }
  const int64_t patches = s.size("num_patches", 256);
  const auto side = static_cast<int64_t>(std::sqrt(static_cast<double>(patches)));
  if (side * side != patches) s.fail("num_patches", "a square number");
  return side * patch_size;
}

VisionTransformerConfig read_vision(const ConfigSection& s, const SiglipConfig& siglip) {
  VisionTransformerConfig config;
  config.transformer = read_tower(s);
  config.transformer.pooling = PoolingKind::attention;
  if (!s.flag("vision_use_head", true)) {
    throw Error(ErrorCode::unsupported, s.where,
                ": 'vision_use_head' is false, so that images have no vector");
  }
  config.patch_size = s.size("patch_size", 16);
  config.image_size = read_image_size(s, siglip, config.patch_size);
  if (s.size("num_channels", 3) != 3) s.fail("num_channels", "3");
  config.class_token = config.pre_norm = false;
  config.patch_bias = true;
  return config;
}

TextTransformerConfig read_text(const ConfigSection& s, int64_t embedding_dim) {
  TextTransformerConfig config;
  config.transformer = read_tower(s);
  config.transformer.pooling = PoolingKind::last;
  config.context_length = s.size("max_position_embeddings", 64, 2);
  config.vocab_size = s.size("vocab_size", 32000, 3);
  // Where the tokenizer's files do not say what pads: SigLIP's pads with the end token 1. SigLIP 2
  // has Gemma's, which pads with 0, whereas the config's pad_token_id is 1.
  constexpr int64_t kGemma = 256000;
  config.pad_id = config.vocab_size == kGemma ? 0 : 1;
  config.embedding_dim = s.size("projection_size", config.transformer.width);
  if (config.embedding_dim != embedding_dim)
    s.fail("projection_size", "the image tower's hidden_size " + std::to_string(embedding_dim));
  config.projection = "text_model.head";
  config.projection_bias = true;
  return config;
}

// Sections that are absent have the defaults.
ConfigSection section(const ConfigSection& top, const std::string& key) {
  static const json none = json::object();
  if (top.find(key) == nullptr) return {none, top.where + " " + key};
  return top.child(key);
}

std::any parse(const std::string& text, const std::string& name, bool variable_size) {
  const json root = parse_json(text, name);
  if (!root.is_object()) throw Error(ErrorCode::invalid_data, "'", name, "' is not a JSON object");
  const ConfigSection top{root, "'" + name + "'"};
  SiglipConfig config;
  config.variable_size = variable_size;
  config.vision = read_vision(section(top, "vision_config"), config);
  config.text = read_text(section(top, "text_config"), config.vision.transformer.width);
  return config;
}

std::any parse_siglip(const std::string& text, const std::string& name) {
  return parse(text, name, false);
}
std::any parse_siglip2(const std::string& text, const std::string& name) {
  return parse(text, name, true);
}

// The head's nn.MultiheadAttention stores its three projections as one tensor.
FileTensor file_tensor(const std::string& name, const Shape& shape) {
  constexpr std::string_view kHead = "vision_model.head.attention.";
  constexpr std::array<std::string_view, 3> kParts = {"q_proj.", "k_proj.", "v_proj."};
  if (!name.starts_with(kHead)) return {name, shape};
  const std::string rest = name.substr(kHead.size());
  for (size_t i = 0; i < kParts.size(); ++i) {
    if (!rest.starts_with(kParts[i])) continue;
    Shape whole = shape;
    whole[0] *= 3;
    return {std::string(kHead) + "in_proj_" + rest.substr(kParts[i].size()), whole,
            FileTensor::Part::rows, static_cast<int64_t>(i) * shape[0]};
  }
  return {name, shape};
}

std::unique_ptr<ParameterSource> parameters(const Checkpoint& checkpoint) {
  auto source = std::make_unique<TranslatedSource>(checkpoint, file_tensor);
  // Buffers of older files: 0, 1, 2 …
  source->ignore("vision_model.embeddings.position_ids");
  source->ignore("text_model.embeddings.position_ids");
  return source;
}

std::unique_ptr<ImageTower> image_tower(WeightBuilder& weights, const SiglipConfig& config) {
  if (config.variable_size) return std::make_unique<NaflexTower>(weights, config.vision);
  return std::make_unique<VisionTransformer>(weights, config.vision);
}

LoadedModel load(const ModelSource& source, Ops& ops, const ModelOptions& options) {
  const auto& config = source.config_as<SiglipConfig>();
  ParameterSource& weights = *source.parameters;
  WeightBuilder image_weights(weights, options.load_image_tower ? &ops : nullptr);
  WeightBuilder text_weights(weights, options.load_text_tower ? &ops : nullptr);
  auto image = image_tower(image_weights, config);
  auto text = std::make_unique<TextTransformer>(text_weights, config.text);
  const Tensor logit_scale = weights.take("logit_scale", {1});
  const Tensor logit_bias = weights.take("logit_bias", {1});
  weights.finish();

  LoadedModel model;
  if (options.load_image_tower) model.image = std::move(image);
  if (options.load_text_tower) model.text = std::move(text);
  model.variable_size = config.variable_size;
  model.vocab_size = config.text.vocab_size;
  model.info.family = source.family;
  model.info.embedding_dim = config.vision.transformer.width;
  model.info.parameters = image_weights.parameter_count() + text_weights.parameter_count() + 2;
  model.info.image_size = static_cast<int>(config.vision.image_size);
  model.info.patch_size = static_cast<int>(config.vision.patch_size);
  model.info.context_length = static_cast<int>(config.text.context_length);
  model.info.logit_scale = std::exp(*logit_scale.data<float>());
  model.info.logit_bias = *logit_bias.data<float>();
  model.info.activation = activation_name(config.text.transformer.activation);
  return model;
}

}  // namespace

ModelFamily siglip_family() {
  return {"siglip", load, {{"\"siglip\"", parse_siglip, parameters, true, true}}};
}

ModelFamily siglip2_family() {
  return {"siglip2", load, {{"\"siglip2\"", parse_siglip2, parameters, true, true}}};
}

}  // namespace sightline
