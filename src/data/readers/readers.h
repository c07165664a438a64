// The kinds of data sets that need no other library.
#pragma once

#include <sightline/dataset.h>

#include <filesystem>
#include <memory>
#include <vector>

namespace sightline {

// `metadata`: files named metadata.jsonl or metadata.csv; file_name is relative to each one's
// folder, ids are relative to `root`.
std::unique_ptr<Dataset> open_imagefolder(const std::filesystem::path& root,
                                          const std::vector<std::filesystem::path>& metadata,
                                          const DatasetOptions& options);

std::unique_ptr<Dataset> open_folder(const std::filesystem::path& root,
                                     const DatasetOptions& options);

}  // namespace sightline
