// Reads Parquet through the plugin that links Arrow.
#pragma once

#include <sightline/dataset.h>

#include <filesystem>
#include <memory>
#include <vector>

namespace sightline {

struct ParquetSource {
  std::vector<std::filesystem::path> files;  // read in order; all must have the same columns
  DatasetOptions options;
};

}  // namespace sightline
