#include "models/clip_family.h"

#include <cmath>

#include "models/clip_resnet.h"
#include "models/clip_vit.h"
#include "models/head_hints.h"

namespace sightline {
namespace {

template <typename ImageTower>
LoadedModel load(const ModelSource& source, Ops& ops, const ModelOptions& options) {
  const auto& config = source.config_as<ClipConfig>();
  ParameterSource& parameters = *source.parameters;
  WeightBuilder image_weights(parameters, options.load_image_tower ? &ops : nullptr);
  WeightBuilder text_weights(parameters, options.load_text_tower ? &ops : nullptr);
  auto image = std::make_unique<ImageTower>(image_weights, config);
  auto text = std::make_unique<ClipTextTower>(text_weights, config);
  const Tensor logit_scale = parameters.take(kLogitScaleName, {});
  parameters.finish();

  LoadedModel model;
  if (options.load_image_tower) model.image = std::move(image);
  if (options.load_text_tower) model.text = std::move(text);
  model.vocab_size = config.vocab_size;
  model.eos_token_id = config.eos_token_id;
  model.info.family = source.family;
  model.info.embedding_dim = config.embedding_dim;
  model.info.parameters = image_weights.parameter_count() + text_weights.parameter_count() + 1;
  model.info.image_size = static_cast<int>(config.image_size);
  model.info.patch_size = static_cast<int>(config.patch_size);
  model.info.context_length = static_cast<int>(config.context_length);
  model.info.logit_scale = std::exp(*logit_scale.data<float>());
  // Of the transformers: a ModifiedResNet has ReLU.
  model.info.activation = activation_name(config.text.activation);
  const std::string where = source.path.string();
  if (!config.resnet) {
    add_head_warning("image", sizes_of(config.vision), where, model.info.warnings);
  }
  add_head_warning("text", sizes_of(config.text), where, model.info.warnings);
  return model;
}

std::any parse(const std::string& json, const std::string& name) {
  return parse_clip_config(json, name);
}

std::unique_ptr<ParameterSource> parameters(const Checkpoint& checkpoint) {
  auto source = std::make_unique<CheckpointSource>(checkpoint);
  // Buffers of older files: 0, 1, 2 …
  source->ignore("vision_model.embeddings.position_ids");
  source->ignore("text_model.embeddings.position_ids");
  return source;
}

}  // namespace

ModelFamily clip_vit_family() {
  return {"clip_vit",
          load<ClipImageTower>,
          {{"\"clip\"", parse, parameters, true, true},
           {"none", parse, parameters, true, true}}};  // early files
}
ModelFamily clip_resnet_family() {
  return {"clip_resnet", load<ClipResnetTower>};
}

}  // namespace sightline
