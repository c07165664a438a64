// Reading Parquet, through the plugin that holds Arrow.
#pragma once

#include <sightline/dataset.h>

#include <filesystem>
#include <memory>
#include <vector>

namespace sightline {

struct ParquetSource {
  std::vector<std::filesystem::path> files;  // read one after the other; same columns expected
  DatasetOptions options;
};

// Throws Error: unsupported (no plugin), not_found (a column that was asked for), invalid_data.
std::unique_ptr<Dataset> open_parquet(const ParquetSource& source);

}  // namespace sightline
