// Checks of the keys of open_clip_config.json: a setting that changes the result is implemented or
// refused, never ignored.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "models/config_section.h"
#include "ops/activation.h"

namespace sightline {

// A setting of which only the value that changes nothing is implemented.
struct FixedSetting {
  std::string_view key;
  nlohmann::json value;
};

// The settings that blocks of both native towers have.
std::vector<FixedSetting> with_block_settings(std::vector<FixedSetting> fixed);

// Throws unsupported unless every key is in `read` or `harmless`, is null, or is in `fixed` with
// that value.
void refuse_others(const ConfigSection& section, std::initializer_list<std::string_view> read,
                   std::initializer_list<std::string_view> harmless,
                   const std::vector<FixedSetting>& fixed);

// Of the layer norms: norm_kwargs.eps, else 1e-5.
float norm_eps(const ConfigSection& section);

// GELU, exact or by tanh (act_kwargs.approximate), or QuickGELU.
Activation native_activation(const ConfigSection& section, bool quick_gelu);

// width * mlp_ratio, rounded down as Python's int() does.
int64_t mlp_width(const ConfigSection& section, int64_t width);

// 224 or [224, 224].
int64_t square_size(const ConfigSection& section, const std::string& key, int64_t absent);

}  // namespace sightline
