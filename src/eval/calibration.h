// The precision "auto" for a data set: chosen by its first rows.
#pragma once

#include <sightline/experiment.h>
#include <sightline/precision.h>

#include <filesystem>

namespace sightline {

// By the first kCalibrationItems rows that have an image, and their captions.
PrecisionChoice choose_for_data(const EvaluationInput& input, const std::filesystem::path& model);

}  // namespace sightline
