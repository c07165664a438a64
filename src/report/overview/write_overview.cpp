// Writes the folder of a report of several data sets.
#include <sightline/error.h>
#include <sightline/report.h>

#include <map>
#include <utility>

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
    const VectorSource source{with_all_splits(dataset.input.dataset), {}};
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

void check_overview(const Overview& overview, const fs::path& directory) {
  if (overview.datasets.empty() || overview.datasets[0].result.models.empty()) {
    throw Error(ErrorCode::invalid_argument,
                "an overview needs the results of at least one data set and one model");
  }
  std::vector<std::string> names;
  for (const DatasetResult& dataset : overview.datasets) names.push_back(dataset.name);
  check_overview_folder(directory, names);
}

}  // namespace

void write_dataset_report(DatasetResult& dataset, const ReportOptions& options) {
  ReportOptions report = options;
  report.directory = options.directory / dataset.name;
  try {
    write_report(dataset.result, dataset.input, report);
    dataset.report_error.reset();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    dataset.report_error = error;
  }
}

void write_overview_page(const Overview& overview, const ReportOptions& options) {
  const fs::path& directory = options.directory;
  check_overview(overview, directory);
  make_folder(directory);
  for (const char* name : {"index.html", "results.json"}) remove_leftovers(directory / name);
  const RunInfo run = options.run ? *options.run : this_run();
  write_file_atomic(directory / "results.json", overview_json(overview, run));
  {
    const Stage stage(options.progress, kStage);
    write_file_atomic(directory / "index.html",
                      make_page(overview, run, in_one_stage(options.progress, kStage)));
  }
  for (const DatasetResult& dataset : overview.datasets)
    if (dataset.report_error) throw *dataset.report_error;
}

void write_overview(Overview overview, const ReportOptions& options) {
  check_overview(overview, options.directory);
  ReportOptions report = options;
  if (!report.run) report.run = this_run();
  for (DatasetResult& dataset : overview.datasets) write_dataset_report(dataset, report);
  write_overview_page(overview, report);
}

}  // namespace sightline
