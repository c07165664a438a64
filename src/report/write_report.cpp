// Writes the folder of a report.
#include <sightline/error.h>
#include <sightline/measurements.h>
#include <sightline/report.h>

#include "base/file.h"
#include "report/figures.h"
#include "report/grids.h"
#include "report/page/page.h"
#include "report/page/thumbnails.h"
#include "report/tables/write_tables.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Removes files of an earlier report that the new report may not overwrite and that could be
// mistaken for its own.
void clear_old_files(const fs::path& folder) {
  std::error_code error;
  fs::remove(folder / "ranks.jsonl", error);
  for (const char* name : {"noise", "ranks", "recall", "scores", "similarity"}) {
    for (const char* extension : {".png", ".svg", ".gp"})
      fs::remove(folder / "figures" / (std::string(name) + extension), error);
  }
}

std::vector<PageImage> make_figures(const ExperimentResult& result, const fs::path& folder) {
  make_folder(folder);
  std::vector<PageImage> images;
  for (const Figure& figure : draw_figures(result, folder)) {
    images.push_back({figure.name, "image/svg+xml", read_text_file(folder / (figure.name + ".svg")),
                      figure.caption});
  }
  return images;
}

}  // namespace

void write_report(const ExperimentResult& result, const EvaluationInput& input,
                  const ReportOptions& options) {
  if (result.models.empty()) {
    throw Error(ErrorCode::invalid_argument, "a report needs the result of at least one model");
  }
  make_folder(options.directory);
  clear_old_files(options.directory);
  // results.json first, so that it exists even if drawing fails.
  const RunInfo run = options.run ? *options.run : this_run();
  write_file_atomic(options.directory / "results.json", results_json(result, run));
  write_file_atomic(options.directory / "measurements.json", measurements_json(result));
  if (options.ranks) write_file_atomic(options.directory / "ranks.jsonl", ranks_jsonl(result));
  write_tables(result, options.directory / "tables");
  std::vector<PageImage> figures;
  if (options.figures) figures = make_figures(result, options.directory / "figures");
  const ImageBytes images = read_shown_images(result, input);
  const OrientationProfile orientation = input.model.orientation;
  write_grids(result, images, orientation, options.directory / "grids");
  write_file_atomic(options.directory / "index.html",
                    results_page(result, run, figures, page_images(result, images, orientation)));
}

}  // namespace sightline
