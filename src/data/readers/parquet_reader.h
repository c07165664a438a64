// Reads Parquet and Arrow files through the plugin that links Arrow.
#pragma once

#include <sightline/dataset.h>

#include <filesystem>
#include <memory>
#include <vector>

namespace sightline {

struct ParquetSource {
  std::vector<std::filesystem::path> files;  // read in order; all must have the same columns
  // The splits of the files' rows, unless a column "split" says them. Empty: from the files' names.
  std::vector<std::string> splits;
  std::string format;  // Dataset::format()
  DatasetOptions options;
};

}  // namespace sightline
