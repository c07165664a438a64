// Image folders with a metadata file, as Hugging Face's ImageFolder.
#pragma once

#include <sightline/dataset.h>
#include <filesystem>
#include <memory>
#include <vector>

namespace sightline {

// Opens a Hugging Face ImageFolder. `metadata` are files named metadata.jsonl, .csv or .parquet.
// Their column file_name is relative to the folder of the metadata file, or to options.image_root;
// row ids are relative to `root`. An image that is not a
// file is read from a zip archive in the same folder (images.zip).
std::unique_ptr<Dataset> open_imagefolder(const std::filesystem::path& root,
                                          const std::vector<std::filesystem::path>& metadata,
                                          const DatasetOptions& options);

}  // namespace sightline
