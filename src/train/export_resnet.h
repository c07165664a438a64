// Writes models that timm reads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "models/resnet_config.h"
#include "weights/safetensors.h"

namespace sightline {

// A directory for timm ("local-dir:DIRECTORY"): config.json (resnet50 with other sizes) and
// model.safetensors. labels[i] is the name of class i; none: the logits are a
// vector without names.
void export_resnet(const std::filesystem::path& directory, const ResnetConfig& config,
                   const std::vector<std::string>& labels, int64_t steps,
                   std::span<const NamedTensor> parameters, std::span<const NamedTensor> buffers);

}  // namespace sightline
