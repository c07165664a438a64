// Writes the files of a report under a temporary name, and replaces an earlier report by them.
#pragma once

#include <sightline/report.h>

#include <filesystem>
#include <functional>

namespace sightline {

// `data` writes the results and tables, `views` the figures, grids and page, into a folder. If only
// `views` fails, what `data` wrote is kept, and the error says that the report is incomplete. As
// write_report describes it.
void write_report_folder(
    const ReportOptions& options,
    const std::function<void(const std::filesystem::path& folder, const RunInfo& run)>& data,
    const std::function<void(const std::filesystem::path& folder, const RunInfo& run,
                             const ProgressFn& progress)>& views);

}  // namespace sightline
