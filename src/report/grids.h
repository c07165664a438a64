// Reads the images that a report shows, and writes them as grids.
#pragma once

#include <sightline/experiment.h>
#include <sightline/progress.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <vector>

namespace sightline {

using ImageBytes = std::map<int64_t, std::vector<uint8_t>>;  // row index -> encoded file

// Reads the images in the hits and examples of all models, and those of captions that models rank
// differently. Throws what reading the data set throws.
ImageBytes read_shown_images(const ExperimentResult& result, const EvaluationInput& input);

// Writes folder/query-I-model-J.png for every free query and model, and folder/rows-model-J.png
// with the examples of each model. Images are drawn in the orientation in which they were encoded.
// Throws io; what `progress` throws.
void write_grids(const ExperimentResult& result, const ImageBytes& images,
                 OrientationProfile orientation, const std::filesystem::path& folder,
                 const ProgressFn& progress = {});

}  // namespace sightline
