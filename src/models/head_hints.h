// A warning about numbers of attention heads that contradict a published architecture.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/transformer_config.h"

namespace sightline {

struct TowerSizes {
  int64_t width = 0, layers = 0, mlp = 0, heads = 0;
};

inline TowerSizes sizes_of(const TransformerConfig& config) {
  return {config.width, config.layers, config.mlp, config.heads};
}

// Appends a warning where width, layers and mlp are those of a published architecture all of whose
// models have another number of heads. The weights of a transformer do not depend on the number of
// heads, so a wrong one loads and yields wrong vectors. Other sizes are no evidence of a fault and
// cause no warning. tower: "image" or "text"; where: the model's path.
void add_head_warning(const char* tower, const TowerSizes& sizes, const std::string& where,
                      std::vector<std::string>& warnings);

}  // namespace sightline
