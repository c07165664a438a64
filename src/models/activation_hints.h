// The well-known trap of CLIP checkpoints: weights that were trained with QuickGELU and a config
// that lost the word, or the other way round. Vectors are then plausible and wrong.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ops/ops.h"

namespace sightline {

// Appends a warning where what the files say of the weights' origin (`_name_or_path` or
// pretrained_cfg.tag in config.json, the directory's own name) speaks against `activation`, which
// `config_name` says.
// Source of the origins: mlfoundations/open_clip src/open_clip/pretrained.py, where each set of
// weights says whether it wants QuickGELU.
void add_activation_warning(const std::filesystem::path& directory, const std::string& config_name,
                            Activation activation, std::vector<std::string>& warnings);

}  // namespace sightline
