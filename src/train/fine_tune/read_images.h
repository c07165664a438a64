// Reads the distinct images of a data set.
#pragma once

#include <sightline/progress.h>

#include <filesystem>
#include <string>
#include <vector>

#include "train/fine_tune/split_plan.h"

namespace sightline {

// Reads the images of a data set. Without `sketches`, images are not decoded. Throws what reading
// throws, not_found (a split without rows).
SplitPlan read_images_of(const std::filesystem::path& dataset,
                         const std::vector<std::string>& splits, bool sketches,
                         const ProgressFn& progress);

// Whether the data set has rows of this split.
bool has_split(const std::filesystem::path& dataset, const std::string& split);

}  // namespace sightline
