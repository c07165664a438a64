// The mark of a data set that is still being written, or whose writer was interrupted.
#pragma once

#include <filesystem>

namespace sightline {

// Creates or removes the mark in a folder. Throw io.
void mark_unfinished(const std::filesystem::path& folder);
void unmark_unfinished(const std::filesystem::path& folder);

bool is_unfinished(const std::filesystem::path& folder);

// Throws invalid_data if the folder has the mark: it would look like a smaller, whole data set.
void refuse_unfinished(const std::filesystem::path& folder);

}  // namespace sightline
