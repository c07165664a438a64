// Writes models that open_clip reads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "models/clip_config.h"
#include "weights/safetensors.h"

namespace sightline {

// A directory for open_clip ("local-dir:DIRECTORY"): open_clip_config.json and
// open_clip_model.safetensors (fp16; running statistics in fp32), beside the tokenizer. The image
// tower is a ModifiedResNet. `steps`: how many batches its statistics have followed.
void export_open_clip(const std::filesystem::path& directory, const ClipConfig& config,
                      int64_t steps, std::span<const NamedTensor> parameters,
                      std::span<const NamedTensor> buffers);

// The text of an open_clip_config.json. own_tokenizer: the directory has a tokenizer other than
// OpenAI's.
std::string open_clip_config_of(const ClipConfig& config, bool own_tokenizer);

}  // namespace sightline
