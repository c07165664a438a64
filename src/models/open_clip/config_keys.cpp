#include "models/open_clip/config_keys.h"

#include <sightline/error.h>

#include <algorithm>
#include <string>

#include "base/json.h"

namespace sightline {

using nlohmann::json;

void refuse_others(const ConfigSection& section, std::initializer_list<std::string_view> read,
                   std::initializer_list<std::string_view> harmless,
                   const std::vector<FixedSetting>& fixed) {
  const auto in = [](const auto& list, const std::string& key) {
    return std::find(list.begin(), list.end(), key) != list.end();
  };
  for (const auto& [key, value] : section.object.items()) {
    if (in(read, key) || in(harmless, key) || value.is_null()) continue;
    const auto known = std::find_if(fixed.begin(), fixed.end(),
                                    [&k = key](const FixedSetting& f) { return f.key == k; });
    if (known != fixed.end() && known->value == value) continue;
    throw Error(ErrorCode::unsupported, section.where, ": '", key, "' is ", shown(value),
                ", which this build does not have",
                (known == fixed.end() ? "" : " (only " + shown(known->value) + ")"));
  }
}

std::vector<FixedSetting> with_block_settings(std::vector<FixedSetting> fixed) {
  for (const char* key : {"qk_norm", "scaled_cosine_attn", "scale_heads", "scale_attn_inner",
                          "scale_attn", "scale_fc"}) {
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

Activation native_activation(const ConfigSection& section, bool quick_gelu) {
  if (section.find("act_kwargs") == nullptr)
    return quick_gelu ? Activation::quick_gelu : Activation::gelu;
  const ConfigSection settings = section.child("act_kwargs");
  refuse_others(settings, {"approximate"}, {}, {});
  const std::string approximate = settings.text("approximate", "none");
  if (quick_gelu && settings.find("approximate") != nullptr)
    section.fail("act_kwargs", "no 'approximate' with quick_gelu");
  if (approximate != "none" && approximate != "tanh") settings.fail("approximate", "none or tanh");
  if (quick_gelu) return Activation::quick_gelu;
  return approximate == "tanh" ? Activation::gelu_tanh : Activation::gelu;
}

int64_t mlp_width(const ConfigSection& section, int64_t width) {
  const double ratio = section.number("mlp_ratio", 4.0);
  if (!(ratio > 0 && ratio <= 64)) section.fail("mlp_ratio", "a number above 0, at most 64");
  const auto mlp = static_cast<int64_t>(static_cast<double>(width) * ratio);
  if (mlp < 1) section.fail("mlp_ratio", "at least one hidden feature");
  return mlp;
}

int64_t square_size(const ConfigSection& section, const std::string& key, int64_t absent) {
  const json* value = section.find(key);
  if (value == nullptr || !value->is_array()) return section.size(key, absent);
  if (value->size() != 2 || (*value)[0] != (*value)[1])
    section.fail(key, "one number or two equal ones");
  const json one = {{key, (*value)[0]}};
  return ConfigSection{one, section.where}.size(key, absent);
}

}  // namespace sightline
