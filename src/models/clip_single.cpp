#include "models/clip_single.h"

#include "models/clip_vit.h"
#include "models/head_hints.h"

namespace sightline {
namespace {

// Shared by both: `projection` and `prefix` as the files with a projection name them.
struct Single {
  const char* prefix;      // of the transformer
  const char* projection;  // the projection's weight
};
constexpr Single kText = {"text_model.", "text_projection.weight"};
constexpr Single kVision = {"vision_model.", "visual_projection.weight"};

// transformers 5 writes a model without projection without the prefix.
std::unique_ptr<ParameterSource> parameters(const Checkpoint& checkpoint, const Single& single) {
  const std::string prefix = single.prefix;
  const auto& entries = checkpoint.entries();
  const auto first = entries.lower_bound(prefix);
  const bool prefixed = first != entries.end() && first->first.starts_with(prefix);
  auto source = std::make_unique<TranslatedSource>(
      checkpoint, [prefix, prefixed](const std::string& name, const Shape& shape) {
        const bool strip = !prefixed && name.starts_with(prefix);
        return FileTensor{strip ? name.substr(prefix.size()) : name, shape};
      });
  // A buffer of older files: 0, 1, 2 …
  source->ignore((prefixed ? prefix : "") + std::string("embeddings.position_ids"));
  return source;
}

// The config of the tower that the checkpoint has: without a projection in the files the vector has
// the transformer's width, which is what embedding_dim 0 means.
ClipConfig config_of(const ModelSource& source, const Single& single) {
  ClipConfig config = source.config_as<ClipConfig>();
  if (config.needs_projection || source.checkpoint->find(single.projection) != nullptr)
    return config;
  config.embedding_dim = 0;
  return config;
}

LoadedModel load_text(const ModelSource& source, Ops& ops, const ModelOptions& options) {
  const ClipConfig config = config_of(source, kText);
  WeightBuilder weights(*source.parameters, options.load_text_tower ? &ops : nullptr);
  auto text = std::make_unique<ClipTextTower>(weights, config);
  source.parameters->finish();
  LoadedModel model;
  if (options.load_text_tower) model.text = std::move(text);
  model.vocab_size = config.vocab_size;
  model.eos_token_id = config.eos_token_id;
  model.info.family = source.family;
  model.info.has_image = false;
  model.info.embedding_dim = config.embedding_dim > 0 ? config.embedding_dim : config.text.width;
  model.info.parameters = weights.parameter_count();
  model.info.context_length = static_cast<int>(config.context_length);
  model.info.activation = activation_name(config.text.activation);
  add_head_warning("text", sizes_of(config.text), source.path.string(), model.info.warnings);
  return model;
}

LoadedModel load_vision(const ModelSource& source, Ops& ops, const ModelOptions& options) {
  const ClipConfig config = config_of(source, kVision);
  WeightBuilder weights(*source.parameters, options.load_image_tower ? &ops : nullptr);
  auto image = std::make_unique<ClipImageTower>(weights, config);
  source.parameters->finish();
  LoadedModel model;
  if (options.load_image_tower) model.image = std::move(image);
  model.info.family = source.family;
  model.info.has_text = false;
  model.info.embedding_dim = config.embedding_dim > 0 ? config.embedding_dim : config.vision.width;
  model.info.parameters = weights.parameter_count();
  model.info.image_size = static_cast<int>(config.image_size);
  model.info.patch_size = static_cast<int>(config.patch_size);
  model.info.activation = activation_name(config.vision.activation);
  add_head_warning("image", sizes_of(config.vision), source.path.string(), model.info.warnings);
  return model;
}

std::any parse_text(const std::string& json, const std::string& name) {
  return parse_clip_text_config(json, name);
}
std::any parse_vision(const std::string& json, const std::string& name) {
  return parse_clip_vision_config(json, name);
}

}  // namespace

ModelFamily clip_text_family() {
  return {
      "clip_text",
      load_text,
      {{"\"clip_text_model\"", parse_text,
        [](const Checkpoint& checkpoint) { return parameters(checkpoint, kText); }, false, true}}};
}
ModelFamily clip_vision_family() {
  return {"clip_vision",
          load_vision,
          {{"\"clip_vision_model\"", parse_vision,
            [](const Checkpoint& checkpoint) { return parameters(checkpoint, kVision); }, true,
            false}}};
}

}  // namespace sightline
