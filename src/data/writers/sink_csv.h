// Writes images and a CSV file of captions.
#pragma once

#include <sightline/dataset.h>
#include <filesystem>
#include <memory>

#include "data/writers/sinks.h"

namespace sightline {

// Creates a sink. `columns` are those of the data set that is converted. Throws invalid_argument
// instead of overwriting existing files.
std::unique_ptr<Sink> csv_sink(const std::filesystem::path& to, const DatasetColumns& columns);

}  // namespace sightline
