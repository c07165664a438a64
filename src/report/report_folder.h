// The folder of a report: which files belong to it.
#pragma once

#include <filesystem>

namespace sightline {

// The new files are in a temporary folder of this name in the report's folder.
inline constexpr const char* kTemporaryReport = "report";

// Removes what killed runs have left in a folder of reports.
void remove_report_leftovers(const std::filesystem::path& directory);

// Texts that identify the folders of reports: the generator in the page, the format in
// results.json.
inline constexpr const char* kReportGenerator = "sightline";
inline constexpr const char* kOverviewGenerator = "sightline-overview";
inline constexpr const char* kReportFormat = "sightline-results";
inline constexpr const char* kClassificationFormat = "sightline-classification";
inline constexpr const char* kOverviewFormat = "sightline-overview";

// Replaces `to`, or the file that it links to, by `from`; `to` may be on another file system.
// Throws io.
void move_file(const std::filesystem::path& from, const std::filesystem::path& to);

// Moves the files of a new report from `from` to `directory`. If there is a page among them,
// deletes the other files of an earlier report. Throws io.
void replace_report(const std::filesystem::path& from, const std::filesystem::path& directory);

}  // namespace sightline
