#include "models/timm/timm_model.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/json.h"
#include "models/open_clip/config_keys.h"

namespace sightline {
namespace {

std::string model_of(const ConfigSection& vision) {
  const std::string name = vision.text("timm_model_name", "");
  return name.substr(0, name.find('.'));
}

}  // namespace

TimmProjection read_timm_projection(const ConfigSection& vision) {
  const auto found = vision.object.find("timm_proj");
  if (found == vision.object.end() || *found == "linear") return TimmProjection::linear;
  if (found->is_null() || *found == "") return TimmProjection::classifier;
  if (*found == "mlp") return TimmProjection::mlp;
  if (*found == "none") return TimmProjection::none;
  throw Error(ErrorCode::unsupported, vision.where, ": 'timm_proj' is ", shown(*found),
              ", expected linear, mlp, none or null");
}

bool is_timm_model(const ConfigSection& vision, std::string_view prefix) {
  const nlohmann::json* name = vision.find("timm_model_name");
  return name != nullptr && name->is_string() && model_of(vision).starts_with(prefix);
}

TimmSettings read_timm_settings(const ConfigSection& vision, const TowerContext& context,
                                std::initializer_list<std::string_view> models) {
  refuse_others(vision,
                {"timm_model_name", "timm_pool", "timm_proj", "timm_proj_bias", "image_size"},
                {"timm_model_pretrained", "timm_drop", "timm_drop_path", "patch_dropout",
                 "output_tokens", "layers", "width", "head_width", "mlp_ratio", "patch_size"},
                {});
  TimmSettings settings;
  settings.model = model_of(vision);
  if (std::find(models.begin(), models.end(), settings.model) == models.end()) {
    std::string names;
    for (const std::string_view model : models)
      names += (names.empty() ? "" : ", ") + std::string(model);
    throw Error(ErrorCode::unsupported, vision.where, ": 'timm_model_name' is ",
                shown(settings.model), ", which this build does not have; it has ", names);
  }
  settings.image_size = square_size(vision, "image_size", 224);
  settings.out_features = context.embedding_dim;
  settings.projection = read_timm_projection(vision);
  if (settings.projection == TimmProjection::none)
    vision.fail("timm_proj", "linear, mlp or null for this model");
  settings.bias = vision.flag("timm_proj_bias", false);
  // "" leaves timm's default, the mean, except where no projection follows.
  const std::string pool = vision.text("timm_pool", "avg");
  const bool classifier = settings.projection == TimmProjection::classifier;
  if (pool != "avg" && (pool != "" || classifier)) {
    throw Error(ErrorCode::unsupported, vision.where, ": 'timm_pool' is ", shown(pool),
                ", which this build does not have for this model; it has avg");
  }
  return settings;
}

std::vector<std::string> timm_buffers(const Checkpoint& checkpoint) {
  std::vector<std::string> names;
  for (const auto& [name, entry] : checkpoint.entries()) {
    if (name.starts_with(kTimmTrunk) && name.ends_with(".num_batches_tracked"))
      names.push_back(name);
  }
  return names;
}

Linear pointwise(WeightBuilder& weights, const std::string& name, int64_t out, int64_t in) {
  const Tensor weight = weights.host_parameter(name + ".weight", {out, in, 1, 1});
  const Tensor bias = weights.host_parameter(name + ".bias", {out});
  if (!weights.loads()) return nullptr;
  return weights.computed_linear(name, weight.reshape({out, in}), bias);
}

Linear scaled_pointwise(WeightBuilder& weights, const std::string& name,
                        const std::string& scale_name, int64_t out, int64_t in) {
  const Tensor weight = weights.host_parameter(name + ".weight", {out, in, 1, 1});
  const Tensor bias = weights.host_parameter(name + ".bias", {out});
  const Tensor scale = weights.host_parameter(scale_name, {out, 1, 1});
  if (!weights.loads()) return nullptr;
  return weights.computed_linear(name, scaled_rows(weight, scale).reshape({out, in}),
                                 scaled_rows(bias, scale));
}

TimmHead::TimmHead(WeightBuilder& weights, const TimmSettings& settings, int64_t width) {
  const int64_t out = settings.out_features;
  switch (settings.projection) {
    case TimmProjection::classifier:
      projection_ = weights.linear(std::string(kTimmTrunk) + "head.fc", out, width, true,
                                   LayerPrecision::high);
      break;
    case TimmProjection::linear:
      projection_ =
          weights.linear("visual.head.proj", out, width, settings.bias, LayerPrecision::high);
      break;
    case TimmProjection::none:  // refused by read_timm_settings
      break;
    case TimmProjection::mlp:
      hidden_ = weights.linear("visual.head.mlp.fc1", 2 * out, width);
      projection_ =
          weights.linear("visual.head.mlp.fc2", out, 2 * out, settings.bias, LayerPrecision::high);
      break;
  }
}

Tensor TimmHead::operator()(Ops& ops, const Tensor& x) const {
  if (hidden_ == nullptr) return ops.linear(x, projection_, Activation::none, {});
  // x = self.fc1(x); x = self.act(x); x = self.fc2(x)
  const Tensor hidden = ops.linear(x, hidden_, Activation::gelu, {}, OutputType::compute);
  return ops.linear(hidden, projection_, Activation::none, {});
}

}  // namespace sightline
