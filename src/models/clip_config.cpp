#include "models/clip_config.h"

#include <sightline/error.h>

#include <cmath>

#include "base/json.h"

namespace sightline {
namespace {

using nlohmann::json;

// Larger sizes are a mistake or an attack. Products of all sizes stay far from overflow.
constexpr int64_t kMaxExtent = 1 << 20;

// One object of the file, and its name in messages.
struct Section {
  const json& object;
  std::string where;

  [[noreturn]] void fail(const std::string& key, const std::string& expected) const {
    const auto found = object.find(key);
    throw Error(ErrorCode::invalid_data, where, ": '", key, "' is ",
                (found == object.end() ? "missing" : shown(*found)), ", expected ", expected);
  }

  int64_t size(const char* key, int64_t absent, int64_t least = 1) const {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return absent;
    if (!found->is_number_integer()) fail(key, "a whole number");
    const auto value = found->get<int64_t>();
    if (value < least || value > kMaxExtent)
      fail(key, "a number from " + std::to_string(least) + " to " + std::to_string(kMaxExtent));
    return value;
  }

  float number(const char* key, double absent) const {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return static_cast<float>(absent);
    if (!found->is_number()) fail(key, "a number");
    const auto value = found->get<double>();
    if (!std::isfinite(value)) fail(key, "a finite number");
    return static_cast<float>(value);
  }

  Activation activation() const {
    const auto found = object.find("hidden_act");
    if (found == object.end()) return Activation::quick_gelu;
    if (*found == "quick_gelu") return Activation::quick_gelu;
    if (*found == "gelu") return Activation::gelu;
    throw Error(ErrorCode::unsupported, where, ": 'hidden_act' is ", shown(*found),
                ", this build has \"quick_gelu\" and \"gelu\"");
  }

  // Older files have sections under two names; `key_dict` has the changed values.
  Section child(const char* key) const {
    const std::string dict = std::string(key) + "_dict";
    static const json empty = json::object();
    const json* found = &empty;
    if (object.contains(key) && object[key].is_object())
      found = &object[key];
    else if (object.contains(dict) && object[dict].is_object())
      found = &object[dict];
    else if (object.contains(key) && !object[key].is_null())
      fail(key, "an object");
    return {*found, where + " " + key};
  }
};

TransformerConfig parse_tower(const Section& s, int64_t width, int64_t heads, int64_t mlp) {
  TransformerConfig config;
  config.width = s.size("hidden_size", width);
  config.layers = s.size("num_hidden_layers", 12);
  config.heads = s.size("num_attention_heads", heads);
  config.mlp = s.size("intermediate_size", mlp);
  config.eps = s.number("layer_norm_eps", 1e-5);
  if (!(config.eps > 0 && config.eps < 1)) s.fail("layer_norm_eps", "a number between 0 and 1");
  config.activation = s.activation();
  if (config.width % config.heads != 0)
    s.fail("num_attention_heads", "a divisor of hidden_size " + std::to_string(config.width));
  if (config.layers > 1000) s.fail("num_hidden_layers", "at most 1000");
  return config;
}

json parse_object(const std::string& text, const std::string& name) {
  json root = parse_json(text, name);
  if (!root.is_object()) throw Error(ErrorCode::invalid_data, "'", name, "' is not a JSON object");
  return root;
}

void read_vision(const Section& s, ClipConfig& config) {
  config.vision = parse_tower(s, 768, 12, 3072);
  config.image_size = s.size("image_size", 224);
  config.patch_size = s.size("patch_size", 32);
  if (s.size("num_channels", 3) != 3) s.fail("num_channels", "3");
  if (config.patch_size > config.image_size)
    s.fail("patch_size", "at most image_size " + std::to_string(config.image_size));
}

void read_text(const Section& s, ClipConfig& config) {
  config.text = parse_tower(s, 512, 8, 2048);
  config.context_length = s.size("max_position_embeddings", 77, 2);
  config.vocab_size = s.size("vocab_size", 49408, 3);
  config.eos_token_id = s.size("eos_token_id", 49407, 0);
}

// Of a single tower. "architectures": ["CLIPTextModelWithProjection"]
void read_projection(const Section& s, ClipConfig& config) {
  config.embedding_dim = s.size("projection_dim", 512);
  const auto found = s.object.find("architectures");
  if (found == s.object.end() || !found->is_array()) return;
  for (const json& name : *found) {
    if (name.is_string() && name.get_ref<const std::string&>().ends_with("WithProjection"))
      config.needs_projection = true;
  }
}

json tower_json(const TransformerConfig& config, int64_t embedding_dim) {
  return {{"hidden_size", config.width},
          {"num_hidden_layers", config.layers},
          {"num_attention_heads", config.heads},
          {"intermediate_size", config.mlp},
          {"layer_norm_eps", config.eps},
          {"attention_dropout", 0.0},
          {"projection_dim", embedding_dim},
          {"hidden_act", config.activation == Activation::gelu ? "gelu" : "quick_gelu"}};
}

}  // namespace

ClipConfig parse_clip_config(const std::string& text, const std::string& name) {
  const json root = parse_object(text, name);
  if (root.value("model_type", json("clip")) != "clip") {
    throw Error(
        ErrorCode::unsupported,
        "'" + name + "': model_type is " + shown(root["model_type"]) + ", this build has \"clip\"");
  }
  const Section top{root, "'" + name + "'"};
  ClipConfig config;
  read_vision(top.child("vision_config"), config);
  read_text(top.child("text_config"), config);
  config.embedding_dim = top.size("projection_dim", 512);
  config.logit_scale_init = top.number("logit_scale_init_value", 2.6592);
  return config;
}

ClipConfig parse_clip_text_config(const std::string& text, const std::string& name) {
  const json root = parse_object(text, name);
  const Section top{root, "'" + name + "'"};
  ClipConfig config;
  read_text(top, config);
  read_projection(top, config);
  return config;
}

ClipConfig parse_clip_vision_config(const std::string& text, const std::string& name) {
  const json root = parse_object(text, name);
  const Section top{root, "'" + name + "'"};
  ClipConfig config;
  read_vision(top, config);
  read_projection(top, config);
  return config;
}

std::string write_clip_config(const ClipConfig& config, int64_t start_token_id) {
  json vision = tower_json(config.vision, config.embedding_dim);
  vision["model_type"] = "clip_vision_model";
  vision["image_size"] = config.image_size;
  vision["patch_size"] = config.patch_size;
  vision["num_channels"] = 3;
  json text = tower_json(config.text, config.embedding_dim);
  text["model_type"] = "clip_text_model";
  text["max_position_embeddings"] = config.context_length;
  text["vocab_size"] = config.vocab_size;
  text["bos_token_id"] = start_token_id;
  text["eos_token_id"] = config.eos_token_id;
  text["pad_token_id"] = config.eos_token_id;
  const json root = {{"architectures", {"CLIPModel"}},
                     {"model_type", "clip"},
                     {"projection_dim", config.embedding_dim},
                     {"logit_scale_init_value", config.logit_scale_init},
                     {"vision_config", vision},
                     {"text_config", text}};
  return root.dump(2) + "\n";
}

}  // namespace sightline
