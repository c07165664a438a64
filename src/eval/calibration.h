// Chooses the precision for "auto" from the first rows of a data set.
#pragma once

#include <sightline/experiment.h>
#include <sightline/precision.h>

#include <filesystem>

namespace sightline {

// Uses the first kCalibrationItems rows with a readable image, and the first caption of each.
// Throws what opening the data set or the model throws.
PrecisionChoice choose_for_data(const EvaluationInput& input, const std::filesystem::path& model);

}  // namespace sightline
