#include "models/clip_with_bert.h"

#include <sightline/error.h>

#include <optional>
#include <utility>

#include "base/json.h"
#include "models/bert.h"
#include "models/clip_vit.h"
#include "models/config_section.h"
#include "models/dual_encoder.h"
#include "models/head_hints.h"
#include "models/roberta.h"

namespace sightline {
namespace {

using nlohmann::json;

struct ClipWithBertConfig {
  ClipConfig clip;         // `vision`, its sizes and embedding_dim
  BertConfig text;         // pools the first position
  std::string prefix;      // of the text tower's tensors, "text_model."
  int64_t transformation;  // output features of AltCLIP's layer before the projection; 0: none
};

class FirstPositionTower : public TextTower {
 public:
  FirstPositionTower(WeightBuilder& weights, const ClipWithBertConfig& config)
      : encoder_(weights, config.text, 0, config.prefix) {
    int64_t width = config.text.width;
    if (config.transformation > 0) {
      norm_ = LayerNorm(weights, "text_model.pre_LN", width, config.text.eps);
      transformation_ = weights.linear("text_model.transformation", config.transformation, width,
                                       true, LayerPrecision::high);
      width = config.transformation;
    }
    projection_ = weights.linear("text_projection", config.clip.embedding_dim, width, false,
                                 LayerPrecision::high);
  }

  Tensor encode(Ops& ops, const Tensor& ids, SequenceOffsets offsets) const override {
    // pooled_output = last_hidden_state[:, 0, :]
    Tensor x = encoder_.encode(ops, ids, offsets);
    // projection_state = self.transformation(self.pre_LN(sequence_output))   (AltCLIPTextModel)
    if (norm_) x = ops.linear((*norm_)(ops, x), transformation_, Activation::none, {});
    // text_features = self.text_projection(pooled_output)
    return ops.linear(x, projection_, Activation::none, {});
  }

 private:
  BertTower encoder_;
  std::optional<LayerNorm> norm_;
  Linear transformation_;  // null: none
  Linear projection_;
};

// The object under `key`, over `defaults`. Older files have the values under KEY_dict too, which
// then count.
json section(const json& root, const std::string& key, json defaults) {
  for (const std::string& name : {key + "_dict", key}) {
    const auto found = root.find(name);
    if (found == root.end() || !found->is_object()) continue;
    for (const auto& [entry, value] : found->items()) {
      if (!value.is_null()) defaults[entry] = value;
    }
    break;
  }
  return defaults;
}

ClipWithBertConfig parse(const std::string& text, const std::string& name, int64_t projection_dim) {
  const json root = parse_json(text, name);
  if (!root.is_object()) throw Error(ErrorCode::invalid_data, "'", name, "' is not a JSON object");
  ClipWithBertConfig config;
  const json vision = section(root, "vision_config", json::object());
  config.clip = parse_clip_vision_config(vision.dump(), name + " vision_config");
  const ConfigSection top{root, "'" + name + "'"};
  config.clip.embedding_dim = top.size("projection_dim", projection_dim);
  config.prefix = "text_model.";
  config.transformation = 0;
  return config;
}

std::any parse_chinese_clip(const std::string& text, const std::string& name) {
  ClipWithBertConfig config = parse(text, name, 512);
  json section_of_text = section(parse_json(text, name), "text_config", json::object());
  section_of_text["model_type"] = "bert";
  config.text = parse_bert_config(section_of_text.dump(), name + " text_config");
  config.text.pooling = PoolingKind::first;
  return config;
}

std::any parse_altclip(const std::string& text, const std::string& name) {
  ClipWithBertConfig config = parse(text, name, 768);
  const json section_of_text = section(parse_json(text, name), "text_config",
                                       {{"vocab_size", 250002},
                                        {"hidden_size", 1024},
                                        {"intermediate_size", 4096},
                                        {"num_hidden_layers", 24},
                                        {"num_attention_heads", 16},
                                        {"max_position_embeddings", 514},
                                        {"layer_norm_eps", 1e-5},
                                        {"type_vocab_size", 1}});
  config.text = parse_roberta_config(section_of_text.dump(), name + " text_config");
  config.text.pooling = PoolingKind::first;
  config.prefix = "text_model.roberta.";
  const ConfigSection s{section_of_text, "'" + name + "' text_config"};
  config.transformation = s.size("project_dim", 768);
  return config;
}

// Poolers and buffers of older files.
void ignore_unread(const Checkpoint& checkpoint, const std::string& prefix,
                   TranslatedSource& source) {
  source.ignore("vision_model.embeddings.position_ids");
  source.ignore(prefix + "embeddings.position_ids");
  source.ignore(prefix + "embeddings.token_type_ids");
  for (const auto& [name, entry] : checkpoint.entries()) {
    if (name.starts_with(prefix + "pooler.")) source.ignore(name);
  }
}

std::unique_ptr<ParameterSource> chinese_clip_parameters(const Checkpoint& checkpoint) {
  auto source = std::make_unique<TranslatedSource>(checkpoint,
                                                   [](const std::string& name, const Shape& shape) {
                                                     return FileTensor{name, shape};
                                                   });
  ignore_unread(checkpoint, "text_model.", *source);
  return source;
}

// transformers 5 writes "vision_model.encoder.layer.3", older files have "…layers.3".
std::unique_ptr<ParameterSource> altclip_parameters(const Checkpoint& checkpoint) {
  const std::string layers = "vision_model.encoder.layers.", layer = "vision_model.encoder.layer.";
  const auto first = checkpoint.entries().lower_bound(layer);
  const bool renamed = first != checkpoint.entries().end() && first->first.starts_with(layer);
  auto source = std::make_unique<TranslatedSource>(
      checkpoint, [=](const std::string& name, const Shape& shape) {
        if (renamed && name.starts_with(layers))
          return FileTensor{layer + name.substr(layers.size()), shape};
        return roberta_tensor(name, shape);
      });
  ignore_unread(checkpoint, "text_model.roberta.", *source);
  return source;
}

LoadedModel load(const ModelSource& source, Ops& ops, const ModelOptions& options) {
  const auto& config = source.config_as<ClipWithBertConfig>();
  ParameterSource& parameters = *source.parameters;
  WeightBuilder image_weights(parameters, options.load_image_tower ? &ops : nullptr);
  WeightBuilder text_weights(parameters, options.load_text_tower ? &ops : nullptr);
  auto image = std::make_unique<ClipImageTower>(image_weights, config.clip);
  auto text = std::make_unique<FirstPositionTower>(text_weights, config);
  const int64_t count = image_weights.parameter_count() + text_weights.parameter_count();
  LoadedModel model = dual_encoder(source, options, {std::move(image), std::move(text), count},
                                   {.embedding_dim = config.clip.embedding_dim,
                                    .image_size = config.clip.image_size,
                                    .patch_size = config.clip.patch_size,
                                    .context_length = config.text.context_length,
                                    .vocab_size = config.text.vocab_size},
                                   config.clip.vision.activation);
  const std::string where = source.path.string();
  add_head_warning("image", sizes_of(config.clip.vision), where, model.info.warnings);
  add_head_warning("text",
                   {config.text.width, config.text.layers, config.text.mlp, config.text.heads},
                   where, model.info.warnings);
  return model;
}

}  // namespace

ModelFamily chinese_clip_family() {
  return {"chinese_clip",
          load,
          {{"\"chinese_clip\"", parse_chinese_clip, chinese_clip_parameters, true, true}}};
}

ModelFamily altclip_family() {
  return {"altclip", load, {{"\"altclip\"", parse_altclip, altclip_parameters, true, true}}};
}

}  // namespace sightline
