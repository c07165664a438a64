// Writes trained models in the layouts of other libraries.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "models/bert_config.h"
#include "models/clip_config.h"
#include "models/resnet_config.h"
#include "weights/safetensors.h"

namespace sightline {

// preprocessor_config.json for CLIPImageProcessor at the model's size, with CLIP's constants.
std::string preprocessor_config(int64_t side);

// A Hugging Face CLIPModel: config.json, model.safetensors (fp16) and preprocessor_config.json into
// `directory`, which already has the tokenizer. Tensors have WeightBuilder's names.
void export_clip(const std::filesystem::path& directory, const ClipConfig& config,
                 int32_t start_token_id, std::span<const NamedTensor> parameters);

// A directory for open_clip ("local-dir:DIRECTORY"): open_clip_config.json and
// open_clip_model.safetensors (fp16; running statistics in fp32), in addition to the tokenizer. The
// image tower is a ModifiedResNet. `steps`: the number of batches in its running statistics.
void export_open_clip(const std::filesystem::path& directory, const ClipConfig& config,
                      int64_t steps, std::span<const NamedTensor> parameters,
                      std::span<const NamedTensor> buffers);

// A directory for timm ("local-dir:DIRECTORY"): config.json (resnet50 with other sizes) and
// model.safetensors. labels[i] is the name of class i.
void export_resnet(const std::filesystem::path& directory, const ResnetConfig& config,
                   const std::vector<std::string>& labels, int64_t steps,
                   std::span<const NamedTensor> parameters, std::span<const NamedTensor> buffers);

// transformers' BertForMaskedLM: config.json and model.safetensors (fp16), in addition to the
// tokenizer.
void export_bert(const std::filesystem::path& directory, const BertConfig& config,
                 std::span<const NamedTensor> parameters);

// The running statistics of batch norms, to be written in fp32 (a variance may be too small for
// fp16), and for each norm num_batches_tracked, which PyTorch's strict loading requires.
std::vector<NamedTensor> with_batches_tracked(std::span<const NamedTensor> buffers, int64_t steps);

}  // namespace sightline
