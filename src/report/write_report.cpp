// Writes the folder of a report.
#include <sightline/error.h>
#include <sightline/measurements.h>
#include <sightline/report.h>

#include "base/file.h"
#include "report/deployment/figure.h"
#include "report/deployment/quality.h"
#include "report/failures/attacked_examples.h"
#include "report/figures.h"
#include "report/grids.h"
#include "report/page/page.h"
#include "report/page/thumbnails.h"
#include "report/tables/write_tables.h"
#include "report/write_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

std::vector<PageImage> make_figures(const ExperimentResult& result, const ReportOptions& options,
                                    const fs::path& folder, const ProgressFn& progress) {
  std::vector<Figure> figures = figures_of(result);
  if (options.deployment)
    figures.push_back(deployment_figure(*options.deployment, {quality_of(result)}));
  return draw_figures(figures, folder, progress);
}

void write_data(const ExperimentResult& result, const RunInfo& run, const ReportOptions& options,
                const fs::path& folder) {
  write_file_atomic(folder / "results.json", results_json(result, run, options.deployment));
  write_file_atomic(folder / "measurements.json", measurements_json(result));
  if (options.ranks) write_file_atomic(folder / "ranks.jsonl", ranks_jsonl(result));
  write_tables(result, folder / "tables");
}

void write_views(const ExperimentResult& result, const RunInfo& run, const EvaluationInput& input,
                 const ReportOptions& options, const fs::path& folder, const ProgressFn& progress) {
  std::vector<PageImage> figures;
  if (options.figures) figures = make_figures(result, options, folder / "figures", progress);
  EvaluationInput source = input;
  source.encode.progress = progress;
  ImageBytes images = read_shown_images(result, source);
  const OrientationProfile orientation = input.model.orientation;
  add_attacked_examples(result, orientation, images);
  write_grids(result, images, orientation, folder / "grids", progress);
  const PageImages shown = page_images(result, images, orientation, progress);
  if (progress) progress({"writing the page", 0, -1, "", ""});
  write_file_atomic(folder / "index.html",
                    results_page(result, run, figures, shown, options.deployment));
}

}  // namespace

void write_report(const ExperimentResult& result, const EvaluationInput& input,
                  const ReportOptions& options) {
  if (result.models.empty()) {
    throw Error(ErrorCode::invalid_argument, "a report needs the result of at least one model");
  }
  write_report_folder(
      options,
      [&](const fs::path& folder, const RunInfo& run) { write_data(result, run, options, folder); },
      [&](const fs::path& folder, const RunInfo& run, const ProgressFn& progress) {
        write_views(result, run, input, options, folder, progress);
      });
}

}  // namespace sightline
