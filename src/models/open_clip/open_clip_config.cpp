#include "models/open_clip/open_clip_config.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

#include "base/json.h"
#include "models/open_clip/config_keys.h"
#include "models/open_clip/native_text.h"
#include "models/open_clip/native_vision.h"

namespace sightline {
namespace {

using nlohmann::json;

// model.py _build_vision_tower: a list of layers is a ModifiedResNet, which ignores the activation.
void read_resnet(const ConfigSection& s, const json& layers, ClipConfig& config) {
  ModifiedResnetConfig tower;
  if (layers.size() != tower.layers.size()) s.fail("layers", "four numbers of blocks");
  for (size_t i = 0; i < tower.layers.size(); ++i) {
    const json one = {{"layers", layers[i]}};
    tower.layers[i] = ConfigSection{one, s.where}.size("layers", 0);
    if (tower.layers[i] > 1000) s.fail("layers", "at most 1000 blocks a stage");
  }
  tower.width = s.size("width", 768);
  const int64_t head_width = s.size("head_width", 64), out = tower.width * 32;
  if (out % head_width != 0)
    s.fail("head_width", "a divisor of 32 times the width, " + std::to_string(out));
  tower.heads = out / head_width;
  config.resnet = tower;
}

// Settings by which a tower is not CLIP's own, with the value that changes nothing.
bool has_settings(const ConfigSection& section, const std::vector<FixedSetting>& settings) {
  return std::ranges::all_of(settings, [&](const FixedSetting& setting) {
    const json* found = section.find(std::string(setting.key));
    return found == nullptr || *found == setting.value;
  });
}

bool is_clip(const ConfigSection& model) {
  // ".": the tokenizer is CLIP's with a vocabulary of its own, as train writes it.
  const json* const tokenizer = model.child("text_cfg").find("hf_tokenizer_name");
  if (tokenizer != nullptr && *tokenizer != ".") return false;
  return has_settings(model, {{"init_logit_bias", nullptr}}) &&
         has_settings(model.child("vision_cfg"), {{"timm_model_name", nullptr},
                                                  {"attentional_pool", false},
                                                  {"no_ln_pre", false},
                                                  {"pool_type", "tok"},
                                                  {"final_ln_after_pool", false},
                                                  {"pos_embed_type", "learnable"},
                                                  {"ls_init_value", nullptr},
                                                  {"act_kwargs", nullptr}}) &&
         has_settings(model.child("text_cfg"), {{"hf_model_name", nullptr},
                                                {"embed_cls", false},
                                                {"no_causal_mask", false},
                                                {"pool_type", "argmax"},
                                                {"final_ln_after_pool", false},
                                                {"proj_bias", false},
                                                {"proj_type", "linear"},
                                                {"ls_init_value", nullptr},
                                                {"act_kwargs", nullptr},
                                                {"tokenizer_kwargs", json::object()}});
}

// Refuses what neither a ModifiedResNet nor the vision transformer of clip_vit has.
void read_vision(const ConfigSection& s, bool quick_gelu, ClipConfig& config) {
  const json* layers = s.find("layers");
  if (layers != nullptr && layers->is_array()) {
    refuse_others(s, {"layers", "width", "head_width", "image_size"},
                  {"mlp_ratio", "patch_size", "norm_kwargs", "patch_dropout", "output_tokens"}, {});
    config.image_size = square_size(s, "image_size", 224);
    return read_resnet(s, *layers, config);
  }
  const VisionTransformerConfig tower = read_native_vision(s, quick_gelu);
  config.image_size = tower.image_size;
  config.patch_size = tower.patch_size;
  config.vision = tower.transformer;
}

ClipConfig read_clip(const ConfigSection& model) {
  refuse_others(
      model, {"embed_dim", "vision_cfg", "text_cfg", "quick_gelu"},
      {"custom_text", "init_logit_scale", "nonscalar_logit_scale", "cast_dtype", "output_dict"},
      {});
  ClipConfig config;
  const bool quick_gelu = model.flag("quick_gelu", false);
  read_vision(model.child("vision_cfg"), quick_gelu, config);
  const TextTransformerConfig text = read_native_text(model.child("text_cfg"), quick_gelu);
  config.text = text.transformer;
  config.context_length = text.context_length;
  config.vocab_size = text.vocab_size;
  config.eos_token_id = text.vocab_size - 1;  // pooled at the largest id
  if (model.find("embed_dim") == nullptr)
    model.fail("embed_dim", "the number of features of both towers");
  config.embedding_dim = model.size("embed_dim", 0);
  config.logit_scale_init = static_cast<float>(model.number("init_logit_scale", 2.6592));
  return config;
}

// transform.py image_transform: Resize, CenterCrop, convert, ToTensor, Normalize: OpenAI's order.
PreprocessSpec read_preprocess(const ConfigSection& s, int64_t image_size) {
  refuse_others(s, {"size", "mean", "std", "interpolation", "resize_mode"}, {"fill_color"},
                {{"mode", "RGB"}});
  PreprocessSpec spec;
  spec.order = PreprocessSpec::Order::openai;
  spec.crop_rounding = PreprocessSpec::CropRounding::half_even;
  spec.resize_size = spec.crop_size = static_cast<int>(square_size(s, "size", image_size));
  const json* const mean = s.find("mean");
  // The reference takes the number 0 for absent: `mean or OPENAI_DATASET_MEAN`.
  if (mean == nullptr || *mean != 0) spec.mean = s.three("mean", spec.mean, true);
  spec.std = s.three("std", spec.std, true);
  for (const float deviation : spec.std) {
    if (deviation == 0) s.fail("std", "no zero");
  }
  const std::string filter = s.text("interpolation", "bicubic");
  // "random" means bicubic outside of training.
  if (filter != "bicubic" && filter != "bilinear" && filter != "random")
    s.fail("interpolation", "bicubic or bilinear");
  spec.filter = filter == "bilinear" ? ResizeFilter::bilinear : ResizeFilter::bicubic;
  const std::string mode = s.text("resize_mode", "shortest");
  if (mode == "squash") {
    spec.resize = PreprocessSpec::Resize::squash;
  } else if (mode == "longest") {
    // The other ways of resizing do not pad.
    if (s.number("fill_color", 0) != 0)
      throw Error(ErrorCode::unsupported, s.where,
                  ": 'fill_color' is not 0, which this build does not have");
    spec.resize = PreprocessSpec::Resize::longest_edge;
  } else if (mode != "shortest") {
    s.fail("resize_mode", "shortest, longest or squash");
  }
  return spec;
}

}  // namespace

OpenClipConfig parse_open_clip_config(const std::string& text, const std::string& name,
                                      const Checkpoint& checkpoint) {
  const json root = parse_json(text, name);
  if (!root.is_object()) throw Error(ErrorCode::invalid_data, "'", name, "' is not a JSON object");
  const ConfigSection top{root, "'" + name + "'"};
  const ConfigSection model = top.child("model_cfg");
  OpenClipConfig config;
  config.says_quick_gelu = model.find("quick_gelu") != nullptr;
  int64_t image_size = 0;
  if (is_clip(model)) {
    config.clip = read_clip(model);
    image_size = config.clip->image_size;
  } else {
    config.towers = read_open_clip_towers(model, checkpoint);
    image_size = config.towers->image.image_size;
  }
  const json none = json::object();
  const bool has_preprocess = top.find("preprocess_cfg") != nullptr;
  const ConfigSection preprocess =
      has_preprocess ? top.child("preprocess_cfg") : ConfigSection{none, top.where};
  config.preprocess = read_preprocess(preprocess, image_size);
  return config;
}

}  // namespace sightline
