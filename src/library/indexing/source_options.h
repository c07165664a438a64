// Options of roots and data sets, as the catalogue keeps them: JSON.
#pragma once

#include <sightline/rows.h>

#include <string>

namespace sightline::library {

std::string folder_options_json(const FolderOptions& options);
// Both throw invalid_data, naming `path`, for a text that is not what the functions above and below
// return.
FolderOptions parse_folder_options(const std::string& path, const std::string& json);

std::string dataset_options_json(const DatasetInput& input);  // without the path
DatasetInput parse_dataset_options(const std::string& path, const std::string& json);

}  // namespace sightline::library
