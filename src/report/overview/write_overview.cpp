// Writes the folder of a report of several data sets.
#include <sightline/error.h>
#include <sightline/report.h>

#include <map>
#include <optional>

#include "base/file.h"
#include "base/stage.h"
#include "base/temporary_path.h"
#include "report/overview/page.h"
#include "report/page/thumbnails.h"
#include "report/report_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStage = "writing the overview";

// By number in `shown`. Reads them from every split.
std::map<int64_t, std::vector<uint8_t>> read_shown(const Overview& overview,
                                                   const OverviewImages& shown,
                                                   const ProgressFn& progress) {
  std::map<int64_t, std::vector<uint8_t>> images;
  for (const DatasetResult& dataset : overview.datasets) {
    std::vector<VectorItem> items;
    for (const VectorItem& item : shown.items())
      if (item.dataset == dataset.name) items.push_back(item);
    if (items.empty()) continue;
    VectorSource source{dataset.input.dataset, {}};
    source.dataset.splits.clear();
    source.dataset.options.split.clear();
    auto bytes = read_source_images(source, items, progress);
    for (size_t i = 0; i < items.size(); ++i)
      if (!bytes[i].empty()) images[shown.number(items[i])] = std::move(bytes[i]);
  }
  return images;
}

std::string make_page(const Overview& overview, const RunInfo& run, const ProgressFn& progress) {
  const OverviewImages shown(overview.searches);
  std::vector<int64_t> numbers;
  for (size_t i = 0; i < shown.items().size(); ++i) numbers.push_back(static_cast<int64_t>(i));
  const PageImages thumbnails =
      make_thumbnails(std::move(numbers), read_shown(overview, shown, progress),
                      overview.datasets[0].input.model.orientation, progress);
  return overview_page(overview, run, shown, thumbnails);
}

// Returns the error with which a report failed. An interruption is thrown.
std::optional<Error> try_report(const DatasetResult& dataset, const ReportOptions& options) {
  try {
    write_report(dataset.result, dataset.input, options);
    return std::nullopt;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    return error;
  }
}

}  // namespace

void write_overview(const Overview& overview, const ReportOptions& options) {
  if (overview.datasets.empty() || overview.datasets[0].result.models.empty()) {
    throw Error(ErrorCode::invalid_argument,
                "an overview needs the results of at least one data set and one model");
  }
  const fs::path& directory = options.directory;
  std::vector<std::string> names;
  for (const DatasetResult& dataset : overview.datasets) names.push_back(dataset.name);
  check_overview_folder(directory, names);
  make_folder(directory);
  for (const char* name : {"index.html", "results.json"}) remove_leftovers(directory / name);
  ReportOptions report = options;
  if (!report.run) report.run = this_run();
  std::optional<Error> problem;
  for (const DatasetResult& dataset : overview.datasets) {
    report.directory = directory / dataset.name;
    std::optional<Error> failed = try_report(dataset, report);
    if (!problem) problem = std::move(failed);
  }
  write_file_atomic(directory / "results.json", overview_json(overview, *report.run));
  {
    const Stage stage(options.progress, kStage);
    write_file_atomic(directory / "index.html",
                      make_page(overview, *report.run, in_one_stage(options.progress, kStage)));
  }
  if (problem) throw *problem;
}

}  // namespace sightline
