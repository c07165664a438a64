#include "models/open_clip_config.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

#include "base/json.h"
#include "models/config_section.h"

namespace sightline {
namespace {

using nlohmann::json;

// A setting of which only the value that changes nothing is implemented.
struct Fixed {
  std::string_view key;
  json value;
};

// Every key must be read here, or be in `fixed` with that value or null, or be in `harmless`.
void refuse_others(const ConfigSection& section, std::initializer_list<std::string_view> read,
                   std::initializer_list<std::string_view> harmless,
                   const std::vector<Fixed>& fixed) {
  const auto in = [](const auto& list, const std::string& key) {
    return std::find(list.begin(), list.end(), key) != list.end();
  };
  for (const auto& [key, value] : section.object.items()) {
    if (in(read, key) || in(harmless, key) || value.is_null()) continue;
    const auto known =
        std::find_if(fixed.begin(), fixed.end(), [&k = key](const Fixed& f) { return f.key == k; });
    if (known != fixed.end() && known->value == value) continue;
    throw Error(ErrorCode::unsupported, section.where, ": '", key, "' is ", shown(value),
                ", which this build does not have",
                (known == fixed.end() ? "" : " (only " + shown(known->value) + ")"));
  }
}

// Settings of a block that both towers have.
std::vector<Fixed> with_block_settings(std::vector<Fixed> fixed) {
  for (const char* key : {"qk_norm", "scaled_cosine_attn", "scale_heads", "scale_attn_inner",
                          "scale_attn", "scale_fc", "final_ln_after_pool"}) {
    fixed.push_back({key, false});
  }
  fixed.push_back({"block_type", "default"});
  return fixed;
}

float norm_eps(const ConfigSection& section) {
  if (section.find("norm_kwargs") == nullptr) return 1e-5f;
  const ConfigSection norm = section.child("norm_kwargs");
  refuse_others(norm, {"eps"}, {}, {});
  return static_cast<float>(norm.number("eps", 1e-5));
}

int64_t mlp_width(const ConfigSection& section, int64_t width) {
  const double ratio = section.number("mlp_ratio", 4.0);
  if (!(ratio > 0 && ratio <= 64)) section.fail("mlp_ratio", "a number above 0, at most 64");
  const auto mlp = static_cast<int64_t>(static_cast<double>(width) * ratio);
  if (mlp < 1) section.fail("mlp_ratio", "at least one hidden feature");
  return mlp;
}

// 224 or [224, 224].
int64_t square_size(const ConfigSection& section, const std::string& key, int64_t absent) {
  const json* value = section.find(key);
  if (value == nullptr || !value->is_array()) return section.size(key, absent);
  if (value->size() != 2 || (*value)[0] != (*value)[1])
    section.fail(key, "one number or two equal ones");
  const json one = {{key, (*value)[0]}};
  return ConfigSection{one, section.where}.size(key, absent);
}

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

void read_vision(const ConfigSection& s, Activation activation, ClipConfig& config) {
  refuse_others(
      s, {"layers", "width", "head_width", "mlp_ratio", "patch_size", "image_size", "norm_kwargs"},
      {"patch_dropout", "attn_pooler_queries", "attn_pooler_heads", "output_tokens", "timm_drop",
       "timm_drop_path", "timm_model_pretrained", "timm_pool", "timm_proj", "timm_proj_bias"},
      with_block_settings({{"attentional_pool", false},
                           {"no_ln_pre", false},
                           {"pos_embed_type", "learnable"},
                           {"pool_type", "tok"}}));
  config.image_size = square_size(s, "image_size", 224);
  const json* layers = s.find("layers");
  if (layers != nullptr && layers->is_array()) return read_resnet(s, *layers, config);
  TransformerConfig& tower = config.vision;
  tower.width = s.size("width", 768);
  tower.layers = s.size("layers", 12);
  if (tower.layers > 1000) s.fail("layers", "at most 1000");
  const int64_t head_width = s.size("head_width", 64);
  if (tower.width % head_width != 0)
    s.fail("head_width", "a divisor of width " + std::to_string(tower.width));
  tower.heads = tower.width / head_width;
  tower.mlp = mlp_width(s, tower.width);
  tower.eps = norm_eps(s);
  tower.activation = activation;
  config.patch_size = square_size(s, "patch_size", 16);
  if (config.patch_size > config.image_size)
    s.fail("patch_size", "at most image_size " + std::to_string(config.image_size));
}

void read_text(const ConfigSection& s, Activation activation, ClipConfig& config) {
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
                           {"tokenizer_kwargs", json::object()},
                           {"tokenizer_mode", ""}}));
  TransformerConfig& tower = config.text;
  tower.width = s.size("width", 512);
  tower.layers = s.size("layers", 12);
  if (tower.layers > 1000) s.fail("layers", "at most 1000");
  tower.heads = s.size("heads", 8);
  if (tower.width % tower.heads != 0)
    s.fail("heads", "a divisor of width " + std::to_string(tower.width));
  tower.mlp = mlp_width(s, tower.width);
  tower.eps = norm_eps(s);
  tower.activation = activation;
  config.context_length = s.size("context_length", 77, 2);
  config.vocab_size = s.size("vocab_size", 49408, 3);
  config.eos_token_id = config.vocab_size - 1;  // pooled at the largest id
}

// transform.py image_transform: Resize, CenterCrop, convert, ToTensor, Normalize: OpenAI's order.
PreprocessSpec read_preprocess(const ConfigSection& s, int64_t image_size) {
  refuse_others(s, {"size", "mean", "std", "interpolation", "resize_mode"}, {"fill_color"},
                {{"mode", "RGB"}});
  PreprocessSpec spec;
  spec.order = PreprocessSpec::Order::openai;
  spec.crop_rounding = PreprocessSpec::CropRounding::half_even;
  spec.resize_size = spec.crop_size = static_cast<int>(square_size(s, "size", image_size));
  spec.mean = s.three("mean", spec.mean, true);
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

OpenClipConfig parse_open_clip_config(const std::string& text, const std::string& name) {
  const json root = parse_json(text, name);
  if (!root.is_object()) throw Error(ErrorCode::invalid_data, "'", name, "' is not a JSON object");
  const ConfigSection top{root, "'" + name + "'"};
  const ConfigSection model = top.child("model_cfg");
  refuse_others(
      model, {"embed_dim", "vision_cfg", "text_cfg", "quick_gelu"},
      {"custom_text", "init_logit_scale", "nonscalar_logit_scale", "cast_dtype", "output_dict"},
      {});
  OpenClipConfig config;
  config.says_quick_gelu = model.find("quick_gelu") != nullptr;
  const Activation activation =
      model.flag("quick_gelu", false) ? Activation::quick_gelu : Activation::gelu;
  read_vision(model.child("vision_cfg"), activation, config.clip);
  read_text(model.child("text_cfg"), activation, config.clip);
  if (model.find("embed_dim") == nullptr)
    model.fail("embed_dim", "the number of features of both towers");
  config.clip.embedding_dim = model.size("embed_dim", 0);
  config.clip.logit_scale_init = static_cast<float>(model.number("init_logit_scale", 2.6592));
  const json none = json::object();
  const bool has_preprocess = top.find("preprocess_cfg") != nullptr;
  const ConfigSection preprocess =
      has_preprocess ? top.child("preprocess_cfg") : ConfigSection{none, top.where};
  config.preprocess = read_preprocess(preprocess, config.clip.image_size);
  return config;
}

}  // namespace sightline
