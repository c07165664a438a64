// The images of a report: read once, drawn as grids and shrunk for the page.
#pragma once

#include <sightline/experiment.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <vector>

#include "report/page.h"

namespace sightline {

using ImageBytes = std::map<int64_t, std::vector<uint8_t>>;  // files by index into the rows

// Those that queries and examples of any model show. Throws what reading the data set throws.
ImageBytes read_shown_images(const ExperimentResult& result, const EvaluationInput& input);

// folder/query-I-model-J.png for every free query and model, folder/rows-model-J.png with each
// model's examples; those of an earlier report go, other files stay. Throws io.
void write_grids(const ExperimentResult& result, const ImageBytes& images,
                 const std::filesystem::path& folder);

// Thumbnails; images that cannot be decoded are left out.
PageImages page_images(const ImageBytes& images);

}  // namespace sightline
