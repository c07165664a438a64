// Writes the folder of a classification's report.
#include <sightline/error.h>
#include <sightline/overview.h>
#include <sightline/report.h>

#include "base/file.h"
#include "report/classification/figure.h"
#include "report/classification/page.h"
#include "report/classification/parts.h"
#include "report/classification/tables.h"
#include "report/deployment/figure.h"
#include "report/deployment/quality.h"
#include "report/page/thumbnails.h"
#include "report/tables/write_tables.h"
#include "report/write_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

void write_data(const ClassificationResult& result, const RunInfo& run,
                const ReportOptions& options, const fs::path& folder) {
  write_file_atomic(folder / "results.json", classification_json(result, run, options.deployment));
  if (options.ranks) write_file_atomic(folder / "ranks.jsonl", predictions_jsonl(result));
  make_folder(folder / "tables");
  for (const Table& table : {classification_table(result), classes_table(result)})
    write_table(table, table, folder / "tables");
}

PageImages wrong_images(const ClassificationResult& result, const EvaluationInput& input,
                        const ProgressFn& progress) {
  std::vector<int64_t> wanted;
  for (const HardCase& one : hard_cases(result, kWrongImages).worst) wanted.push_back(one.index);
  std::vector<ExperimentRow> rows;
  for (const LabeledImage& image : result.images) rows.push_back({image.id, image.split, {}, {}});
  EvaluationInput source = input;
  source.encode.progress = progress;
  source.dataset.options.merge_repeated_images = false;
  auto images = read_images(source, rows, wanted);
  return make_thumbnails(std::move(wanted), images, input.model.orientation, progress);
}

void write_views(const ClassificationResult& result, const RunInfo& run,
                 const EvaluationInput& input, const ReportOptions& options, const fs::path& folder,
                 const ProgressFn& progress) {
  std::vector<PageImage> images;
  if (options.figures) {
    std::vector<Figure> figures = {classification_figure(result)};
    if (options.deployment)
      figures.push_back(deployment_figure(*options.deployment, {quality_of(result)}));
    images = draw_figures(figures, folder / "figures", progress);
  }
  const PageImages thumbnails = wrong_images(result, input, progress);
  write_file_atomic(folder / "index.html",
                    classification_page(result, run, images, thumbnails, options.deployment));
}

}  // namespace

void write_classification_report(const ClassificationResult& result, const EvaluationInput& input,
                                 const ReportOptions& options) {
  if (result.models.empty())
    throw Error(ErrorCode::invalid_argument, "a report needs the result of at least one model");
  write_report_folder(
      options,
      [&](const fs::path& folder, const RunInfo& run) { write_data(result, run, options, folder); },
      [&](const fs::path& folder, const RunInfo& run, const ProgressFn& progress) {
        write_views(result, run, input, options, folder, progress);
      });
}

}  // namespace sightline
