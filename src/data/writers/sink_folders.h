// Writes image folders and Parquet.
#pragma once

#include <sightline/dataset.h>
#include <filesystem>
#include <memory>

#include "data/writers/sinks.h"

namespace sightline {

// Creates a sink. `columns` are those of the data set that is converted. Throws invalid_argument
// instead of overwriting existing files.
std::unique_ptr<Sink> imagefolder_sink(const std::filesystem::path& to,
                                       const DatasetColumns& columns);
std::unique_ptr<Sink> parquet_sink(const std::filesystem::path& to, const DatasetColumns& columns);

}  // namespace sightline
