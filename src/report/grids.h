// Reads the images that a report shows, writes them as grids, and makes thumbnails for the page.
#pragma once

#include <sightline/experiment.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <vector>

#include "report/page.h"

namespace sightline {

using ImageBytes = std::map<int64_t, std::vector<uint8_t>>;  // row index -> encoded file

// Reads the images in the hits and examples of all models. Throws what reading the data set throws.
ImageBytes read_shown_images(const ExperimentResult& result, const EvaluationInput& input);

// Writes folder/query-I-model-J.png for every free query and model, and folder/rows-model-J.png
// with the examples of each model. Images are drawn in the orientation in which they were encoded.
// Deletes grids of an earlier report; keeps other files. Throws io.
void write_grids(const ExperimentResult& result, const ImageBytes& images,
                 OrientationProfile orientation, const std::filesystem::path& folder);

// Returns thumbnails, in the orientation in which the images were encoded. Images that cannot be
// decoded are omitted.
PageImages page_images(const ImageBytes& images, OrientationProfile orientation);

}  // namespace sightline
