// Writes WebDataset shards.
#pragma once

#include <sightline/dataset.h>
#include <filesystem>
#include <memory>

#include "data/writers/sinks.h"

namespace sightline {

// Creates a sink. Throws invalid_argument instead of overwriting existing files.
std::unique_ptr<Sink> webdataset_sink(const std::filesystem::path& to);

}  // namespace sightline
