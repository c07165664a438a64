// A warning about a common fault of CLIP checkpoints: weights that were trained with QuickGELU and
// a config that says GELU, or vice versa. The vectors are then plausible and wrong.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ops/ops.h"

namespace sightline {

// Appends a warning where the origin of the weights (`_name_or_path` or pretrained_cfg.tag in
// config.json, or the directory's name) contradicts `activation`, which the file config_name has.
// Source of the origins: mlfoundations/open_clip src/open_clip/pretrained.py, where each set of
// weights says whether it wants QuickGELU.
void add_activation_warning(const std::filesystem::path& directory, const std::string& config_name,
                            Activation activation, std::vector<std::string>& warnings);

}  // namespace sightline
