// Writes the folder of a report of several data sets.
#include <sightline/error.h>
#include <sightline/report.h>

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/stage.h"
#include "base/temporary_path.h"
#include "report/deployment/figure.h"
#include "report/deployment/quality.h"
#include "report/figures.h"
#include "report/overview/page.h"
#include "report/page/thumbnails.h"
#include "report/report_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStage = "writing the overview";

using Bytes = std::map<int64_t, std::vector<uint8_t>>;

// Reads the images of a data set among those from `begin` to `end`.
void read_part(const OverviewImages& shown, const std::string& name, const DatasetInput& input,
               int64_t begin, int64_t end, const ProgressFn& progress, Bytes& images) {
  std::vector<VectorItem> items;
  std::vector<int64_t> numbers;
  for (int64_t i = begin; i < end; ++i) {
    const VectorItem& item = shown.items()[static_cast<size_t>(i)];
    if (item.dataset != name) continue;
    items.push_back(item);
    numbers.push_back(i);
  }
  if (items.empty()) return;
  auto bytes = read_source_images({input, {}}, items, progress);
  for (size_t i = 0; i < items.size(); ++i)
    if (!bytes[i].empty()) images[numbers[i]] = std::move(bytes[i]);
}

// By number in `shown`.
Bytes read_shown(const Overview& overview, const OverviewImages& shown,
                 const ProgressFn& progress) {
  Bytes images;
  const auto all = static_cast<int64_t>(shown.items().size());
  const auto read = [&](const std::string& name, const DatasetInput& input) {
    read_part(shown, name, with_all_splits(input), 0, shown.first_hard(), progress, images);
    read_part(shown, name, input, shown.first_hard(), all, progress, images);
  };
  for (const DatasetResult& dataset : overview.datasets) read(dataset.name, dataset.input.dataset);
  for (const ClassifiedDataset& dataset : overview.classified)
    read(dataset.name, dataset.input.dataset);
  return images;
}

const EvaluationInput& first_input(const Overview& overview) {
  return overview.datasets.empty() ? overview.classified.at(0).input
                                   : overview.datasets.front().input;
}

std::string make_page(const Overview& overview, const RunInfo& run,
                      std::span<const PageImage> figures, const ProgressFn& progress) {
  const OverviewImages shown(overview);
  std::vector<int64_t> numbers;
  for (size_t i = 0; i < shown.items().size(); ++i) numbers.push_back(static_cast<int64_t>(i));
  const PageImages thumbnails =
      make_thumbnails(std::move(numbers), read_shown(overview, shown, progress),
                      first_input(overview).model.orientation, progress);
  return overview_page(overview, run, shown, thumbnails, figures);
}

// Draws the chart of the deployment, or removes that of an earlier overview.
std::vector<PageImage> make_figures(const Overview& overview, const ReportOptions& options,
                                    const ProgressFn& progress) {
  const fs::path folder = options.directory / "figures";
  std::error_code ignored;
  for (const char* name : {"deployment.png", "deployment.svg", "deployment.gp"})
    fs::remove(folder / name, ignored);
  if (!overview.deployment || !options.figures) return {};
  return draw_figures({deployment_figure(*overview.deployment, quality_of(overview))}, folder,
                      progress);
}

void check_overview(const Overview& overview, const fs::path& directory) {
  if (model_labels(overview).empty()) {
    throw Error(ErrorCode::invalid_argument,
                "an overview needs the results of at least one data set and one model");
  }
  std::vector<std::string> names;
  for (const DatasetResult& dataset : overview.datasets) names.push_back(dataset.name);
  for (const ClassifiedDataset& dataset : overview.classified) names.push_back(dataset.name);
  check_overview_folder(directory, names);
}

}  // namespace

namespace {

// The deployment is in the overview, for all data sets.
ReportOptions options_of(const ReportOptions& options, const std::string& name) {
  ReportOptions report = options;
  report.directory = options.directory / name;
  report.deployment.reset();
  return report;
}

void try_to_write(std::optional<Error>& problem, const std::function<void()>& write) {
  try {
    write();
    problem.reset();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    problem = error;
  }
}

}  // namespace

void write_dataset_report(DatasetResult& dataset, const ReportOptions& options) {
  try_to_write(dataset.report_error, [&] {
    write_report(dataset.result, dataset.input, options_of(options, dataset.name));
  });
}

void write_classified_report(ClassifiedDataset& dataset, const ReportOptions& options) {
  try_to_write(dataset.report_error, [&] {
    write_classification_report(dataset.result, dataset.input, options_of(options, dataset.name));
  });
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
    const ProgressFn progress = in_one_stage(options.progress, kStage);
    const std::vector<PageImage> figures = make_figures(overview, options, progress);
    write_file_atomic(directory / "index.html", make_page(overview, run, figures, progress));
  }
  for (const DatasetResult& dataset : overview.datasets)
    if (dataset.report_error) throw *dataset.report_error;
  for (const ClassifiedDataset& dataset : overview.classified)
    if (dataset.report_error) throw *dataset.report_error;
}

void write_overview(Overview overview, const ReportOptions& options) {
  check_overview(overview, options.directory);
  ReportOptions report = options;
  if (!report.run) report.run = this_run();
  for (DatasetResult& dataset : overview.datasets) write_dataset_report(dataset, report);
  for (ClassifiedDataset& dataset : overview.classified) write_classified_report(dataset, report);
  write_overview_page(overview, report);
}

}  // namespace sightline
