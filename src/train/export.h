// Writing what was trained as a Hugging Face CLIP directory.
#pragma once

#include <filesystem>
#include <span>

#include "train/recipe.h"
#include "weights/safetensors.h"

namespace sightline {

// preprocessor_config.json for CLIPImageProcessor at the model's size, with CLIP's constants.
std::string preprocessor_config(int64_t side);

// config.json, model.safetensors (fp16), preprocessor_config.json and recipe.json into `directory`,
// beside the tokenizer that is already there. Tensors are named as WeightBuilder names them.
void export_model(const std::filesystem::path& directory, const Recipe& recipe, int32_t start_token_id,
                  std::span<const NamedTensor> parameters);

}  // namespace sightline
