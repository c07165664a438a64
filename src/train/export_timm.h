// Writes image models that timm reads ("local-dir:DIRECTORY"): config.json and model.safetensors.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "models/mobilenet_v2_config.h"
#include "models/resnet_config.h"
#include "weights/safetensors.h"

namespace sightline {

// resnet50 with other sizes. labels[i] is the name of class i; none: the logits are a vector
// without names. `pixels` has the mean and the standard deviation.
void export_resnet(const std::filesystem::path& directory, const ResnetConfig& config,
                   const PreprocessSpec& pixels, const std::vector<std::string>& labels,
                   int64_t steps, std::span<const NamedTensor> parameters,
                   std::span<const NamedTensor> buffers);

// mobilenetv2_100, which has the sizes of MobilenetV2Config's defaults.
void export_mobilenet_v2(const std::filesystem::path& directory, const MobilenetV2Config& config,
                         const PreprocessSpec& pixels, int64_t steps,
                         std::span<const NamedTensor> parameters,
                         std::span<const NamedTensor> buffers);

}  // namespace sightline
