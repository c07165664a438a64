#include "models/open_clip/towers.h"

#include <sightline/error.h>

#include <array>
#include <cmath>

#include "models/open_clip/config_keys.h"
#include "models/open_clip/hf_text.h"
#include "models/open_clip/native_text.h"
#include "models/open_clip/native_vision.h"
#include "models/openai_names.h"
#include "models/timm/convnext.h"
#include "models/timm/eva_kind.h"
#include "models/timm/fastvit.h"
#include "models/timm/swin.h"
#include "models/timm/vit.h"
#include "models/timm/vit_relpos.h"
#include "models/timm/vitamin.h"

namespace sightline {
namespace {

template <typename Kind>
const Kind& find_kind(std::span<const Kind> kinds, const ConfigSection& section, const char* key) {
  for (const Kind& kind : kinds) {
    if (kind.matches(section)) return kind;
  }
  std::string names;
  for (const Kind& kind : kinds) names += (names.empty() ? "" : ", ") + std::string(kind.name);
  throw Error(ErrorCode::unsupported, section.where, ": '", key, "' is '", section.text(key, ""),
              "', which this build does not have; it has ", names);
}

// logit_scale and logit_bias: a number, or a tensor with one element.
float take_scalar(const ModelSource& source, const std::string& name) {
  const TensorEntry* entry = source.checkpoint->find(name);
  const Shape shape = entry != nullptr && entry->shape == Shape{1} ? Shape{1} : Shape{};
  return *source.parameters->take(name, shape).data<float>();
}

LoadedModel load(const ModelSource& source, Ops& ops, const ModelOptions& options) {
  const auto& towers = source.config_as<OpenClipTowers>();
  ParameterSource& parameters = *source.parameters;
  WeightBuilder image_weights(parameters, options.load_image_tower ? &ops : nullptr);
  WeightBuilder text_weights(parameters, options.load_text_tower ? &ops : nullptr);
  auto image = towers.image.build(image_weights);
  auto text = towers.text.build(text_weights);
  const float logit_scale = take_scalar(source, "logit_scale");
  std::optional<float> logit_bias;
  if (source.checkpoint->find("logit_bias") != nullptr)
    logit_bias = take_scalar(source, "logit_bias");
  parameters.finish();

  LoadedModel model;
  if (options.load_image_tower) model.image = std::move(image);
  if (options.load_text_tower) model.text = std::move(text);
  model.vocab_size = towers.text.vocab_size;
  model.eos_token_id = towers.text.eos_token_id;
  model.info.family = source.family;
  model.info.embedding_dim = towers.embedding_dim;
  model.info.parameters =
      image_weights.parameter_count() + text_weights.parameter_count() + (logit_bias ? 2 : 1);
  model.info.image_size = static_cast<int>(towers.image.image_size);
  model.info.patch_size = static_cast<int>(towers.image.patch_size);
  model.info.context_length = static_cast<int>(towers.text.context_length);
  model.info.logit_scale = std::exp(logit_scale);
  model.info.logit_bias = logit_bias;
  model.info.activation = activation_name(towers.image.activation);
  return model;
}

}  // namespace

std::span<const ImageTowerKind> image_tower_kinds() {
  static const std::array kinds = {native_vision_kind(), timm_vit_kind(),  eva_kind(),
                                   convnext_kind(),      fastvit_kind(),   vitamin_kind(),
                                   swin_kind(),          vit_relpos_kind()};
  return kinds;
}

std::span<const TextTowerKind> text_tower_kinds() {
  static const std::array kinds = {native_text_kind(), roberta_text_kind(), m2m100_text_kind(),
                                   mt5_text_kind()};
  return kinds;
}

OpenClipTowers read_open_clip_towers(const ConfigSection& model, const Checkpoint& checkpoint) {
  refuse_others(model, {"embed_dim", "vision_cfg", "text_cfg", "quick_gelu"},
                {"custom_text", "init_logit_scale", "init_logit_bias", "nonscalar_logit_scale",
                 "cast_dtype", "output_dict", "multimodal_cfg"},
                {});
  if (model.find("embed_dim") == nullptr)
    model.fail("embed_dim", "the number of features of both towers");
  const TowerContext context{model.size("embed_dim", 0), model.flag("quick_gelu", false),
                             checkpoint, openai_text_prefix(checkpoint)};
  const ConfigSection vision = model.child("vision_cfg"), text = model.child("text_cfg");
  OpenClipTowers towers;
  towers.embedding_dim = context.embedding_dim;
  towers.image = find_kind(image_tower_kinds(), vision, "timm_model_name").read(vision, context);
  towers.text = find_kind(text_tower_kinds(), text, "hf_model_name").read(text, context);
  return towers;
}

std::unique_ptr<ParameterSource> open_clip_parameters(const OpenClipTowers& towers,
                                                      const Checkpoint& checkpoint) {
  const auto find = [image = towers.image.names, text = towers.text.names](
                        const std::string& name, const Shape& shape) -> FileTensor {
    if (image && (name.starts_with("vision_model.") || name.starts_with("visual_projection")))
      return image(name, shape);
    if (text && (name.starts_with("text_model.") || name.starts_with("text_projection")))
      return text(name, shape);
    return {name, shape};
  };
  auto source = std::make_unique<TranslatedSource>(checkpoint, find);
  for (const std::string& name : towers.image.ignored) source->ignore(name);
  for (const std::string& name : towers.text.ignored) source->ignore(name);
  for (const char* name : {"attn_mask", "text.attn_mask"}) source->ignore(name);
  // CoCa's decoder, which writes captions.
  for (const auto& [name, entry] : checkpoint.entries()) {
    if (name.starts_with("text_decoder.")) source->ignore(name);
  }
  return source;
}

ModelFamily open_clip_family() {
  return {"open_clip", load};
}

}  // namespace sightline
