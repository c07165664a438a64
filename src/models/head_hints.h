// The other trap beside the activation (activation_hints.h): no tensor tells how many heads an
// attention has, so a config that is wrong about it gives vectors that are plausible and wrong.
#pragma once

#include <string>
#include <vector>

#include "models/model_source.h"

namespace sightline {

// Appends a warning for each transformer of a width in use (128 and more) whose heads have a width
// that no published CLIP or BERT has.
void add_head_warnings(const ModelConfig& config, const std::string& where,
                       std::vector<std::string>& warnings);

}  // namespace sightline
