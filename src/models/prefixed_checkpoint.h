// Opens checkpoints whose model is an attribute of another object, such as a LightningModule.
#pragma once

#include <filesystem>
#include <memory>

#include "weights/checkpoint.h"

namespace sightline {

// As Checkpoint's constructor. If the tensors of a known family have names with a prefix in front
// ("model.visual.conv1.weight"), removes it and leaves out all tensors without it. Averages of the
// weights ("model_ema.…") are left out, too. Throws what Checkpoint throws; invalid_data if there
// are several such prefixes.
std::shared_ptr<const Checkpoint> open_checkpoint(
    const std::filesystem::path& path, const WeightNames& names = huggingface_weight_names());

}  // namespace sightline
