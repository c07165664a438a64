#include "report/write_folder.h"

#include <sightline/error.h>

#include <optional>
#include <string>
#include <system_error>

#include "base/file.h"
#include "base/stage.h"
#include "base/temporary_path.h"
#include "base/text.h"
#include "report/report_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStage = "writing the report";

// Returns the error with which a view failed; then there is none of them in `folder`.
std::optional<Error> try_views(const fs::path& folder, const std::function<void()>& write) {
  try {
    write();
    return std::nullopt;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    std::error_code ignored;
    for (const char* name : {"figures", "grids", "index.html"})
      fs::remove_all(folder / name, ignored);
    return error;
  }
}

// Throws an error about a file with the name that the file was to have.
[[noreturn]] void rethrow(const Error& error, const fs::path& temporary, const fs::path& directory,
                          const std::string& outcome) {
  std::string text = error.what();
  const std::string from = temporary.string(), to = directory.string();
  for (size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
    text.replace(at, from.size(), to);
  throw Error(error.code(), text, outcome);
}

}  // namespace

void write_report_folder(
    const ReportOptions& options, const std::function<void(const fs::path&, const RunInfo&)>& data,
    const std::function<void(const fs::path&, const RunInfo&, const ProgressFn&)>& views) {
  const fs::path& directory = options.directory;
  check_report_folder(directory);
  make_folder(directory);
  remove_report_leftovers(directory);
  const RunInfo run = options.run ? *options.run : this_run();
  const TemporaryPath folder(directory / kTemporaryReport, TemporaryPath::Kind::folder);
  bool replacing = false;
  try {
    const Stage stage(options.progress, kStage);
    data(folder.path(), run);
    const std::optional<Error> problem = try_views(
        folder.path(), [&] { views(folder.path(), run, in_one_stage(options.progress, kStage)); });
    replacing = true;
    if (options.on_replace) options.on_replace();
    replace_report(folder.path(), directory);
    if (problem) throw *problem;
  } catch (const Error& error) {
    rethrow(error, folder.path(), directory,
            replacing ? message("; the report in ", quoted(directory),
                                " is incomplete: run the command again")
                      : "");
  }
}

}  // namespace sightline
