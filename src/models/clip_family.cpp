#include "models/clip_family.h"

#include "models/clip_resnet.h"
#include "models/clip_vit.h"
#include "models/dual_encoder.h"
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
  const int64_t count = image_weights.parameter_count() + text_weights.parameter_count();
  // The activation is the transformers': a ModifiedResNet has ReLU.
  LoadedModel model = dual_encoder(source, options, {std::move(image), std::move(text), count},
                                   {.embedding_dim = config.embedding_dim,
                                    .image_size = config.image_size,
                                    .patch_size = config.patch_size,
                                    .context_length = config.context_length,
                                    .vocab_size = config.vocab_size},
                                   config.text.activation);
  model.eos_token_id = config.eos_token_id;
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
