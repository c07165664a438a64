// Folders that save_to_disk of Hugging Face datasets writes: Arrow files with state.json and
// dataset_info.json; or, for several splits, dataset_dict.json and a folder for each split.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sightline {

// Returns the Arrow files of such a folder in their order, or all files of the folder that end in
// .arrow. Empty: neither. Throws invalid_data if state.json or dataset_dict.json is not in the
// expected form, or names no files; not_found if a file that it names is missing.
std::vector<std::filesystem::path> find_saved_dataset(const std::filesystem::path& folder);

// Returns the splits of the rows of such files: the name of the folder below dataset_dict.json, else
// what state.json says, else the split in the file's name ("NAME-train.arrow" in the cache of
// datasets), else "".
std::vector<std::string> saved_splits(const std::vector<std::filesystem::path>& files);

}  // namespace sightline
