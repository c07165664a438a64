// The metadata file of a Hugging Face ImageFolder.
#pragma once

#include <filesystem>

namespace sightline {

// Returns the path of metadata.jsonl, metadata.csv or metadata.parquet in a folder, the first that
// exists; empty if there is none.
std::filesystem::path metadata_file_in(const std::filesystem::path& folder);

// Whether a file has one of these names.
bool is_metadata_name(const std::filesystem::path& name);

}  // namespace sightline
