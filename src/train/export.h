// Writes trained models in the layouts of other libraries.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "models/clip_config.h"
#include "weights/safetensors.h"

namespace sightline {

// preprocessor_config.json for CLIPImageProcessor at the model's size, with CLIP's constants.
std::string preprocessor_config(int64_t side);

// A Hugging Face CLIPModel: config.json, model.safetensors (fp16) and preprocessor_config.json into
// `directory`, which already has the tokenizer. Tensors have WeightBuilder's names.
void export_clip(const std::filesystem::path& directory, const ClipConfig& config,
                 int32_t start_token_id, std::span<const NamedTensor> parameters);

// The running statistics of batch norms, to be written in fp32 (a variance may be too small for
// fp16), and for each norm num_batches_tracked, which PyTorch's strict loading requires.
std::vector<NamedTensor> with_batches_tracked(std::span<const NamedTensor> buffers, int64_t steps);

}  // namespace sightline
