// The folder of a report: which files belong to it.
#pragma once

#include <filesystem>

namespace sightline {

// Removes files of an earlier report that the new report may not overwrite and that could be
// mistaken for its own. Keeps index.html, results.json and
// measurements.json, which are always overwritten.
void clear_report_folder(const std::filesystem::path& directory);

}  // namespace sightline
