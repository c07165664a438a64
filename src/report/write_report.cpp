// Writes the folder of a report.
#include <sightline/error.h>
#include <sightline/measurements.h>
#include <sightline/report.h>

#include <optional>
#include <string>
#include <system_error>

#include "base/file.h"
#include "base/stage.h"
#include "base/temporary_path.h"
#include "base/text.h"
#include "report/figures.h"
#include "report/grids.h"
#include "report/page/page.h"
#include "report/page/thumbnails.h"
#include "report/report_folder.h"
#include "report/tables/write_tables.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStage = "writing the report";

std::vector<PageImage> make_figures(const ExperimentResult& result, const fs::path& folder,
                                    const ProgressFn& progress) {
  make_folder(folder);
  std::vector<PageImage> images;
  for (const Figure& figure : draw_figures(result, folder, progress)) {
    images.push_back({figure.name, "image/svg+xml", read_text_file(folder / (figure.name + ".svg")),
                      figure.caption});
  }
  return images;
}

void write_data(const ExperimentResult& result, const RunInfo& run, const ReportOptions& options,
                const fs::path& folder) {
  write_file_atomic(folder / "results.json", results_json(result, run));
  write_file_atomic(folder / "measurements.json", measurements_json(result));
  if (options.ranks) write_file_atomic(folder / "ranks.jsonl", ranks_jsonl(result));
  write_tables(result, folder / "tables");
}

void write_views(const ExperimentResult& result, const RunInfo& run, const EvaluationInput& input,
                 const ReportOptions& options, const fs::path& folder) {
  const ProgressFn progress = in_one_stage(options.progress, kStage);
  std::vector<PageImage> figures;
  if (options.figures) figures = make_figures(result, folder / "figures", progress);
  EvaluationInput source = input;
  source.encode.progress = progress;
  const ImageBytes images = read_shown_images(result, source);
  const OrientationProfile orientation = input.model.orientation;
  write_grids(result, images, orientation, folder / "grids", progress);
  const PageImages shown = page_images(result, images, orientation, progress);
  if (progress) progress({"writing the page", 0, -1, "", ""});
  write_file_atomic(folder / "index.html", results_page(result, run, figures, shown));
}

// Returns the error with which a view failed; then there is none of them in `folder`.
std::optional<Error> try_views(const ExperimentResult& result, const RunInfo& run,
                               const EvaluationInput& input, const ReportOptions& options,
                               const fs::path& folder) {
  try {
    write_views(result, run, input, options, folder);
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

void write_report(const ExperimentResult& result, const EvaluationInput& input,
                  const ReportOptions& options) {
  if (result.models.empty()) {
    throw Error(ErrorCode::invalid_argument, "a report needs the result of at least one model");
  }
  const fs::path& directory = options.directory;
  check_report_folder(directory);
  make_folder(directory);
  remove_report_leftovers(directory);
  const RunInfo run = options.run ? *options.run : this_run();
  const TemporaryPath folder(directory / kTemporaryReport, TemporaryPath::Kind::folder);
  bool replacing = false;
  try {
    const Stage stage(options.progress, kStage);
    write_data(result, run, options, folder.path());
    const std::optional<Error> problem = try_views(result, run, input, options, folder.path());
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
