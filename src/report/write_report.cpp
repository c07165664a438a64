// The report's folder.
#include <sightline/error.h>
#include <sightline/report.h>

#include "base/file.h"
#include "report/figures.h"
#include "report/grids.h"
#include "report/page.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// What an earlier report in this folder had and this one may not have again: it would stand beside
// the new page as if it belonged to it.
void clear_old_parts(const fs::path& folder) {
  std::error_code error;
  fs::remove(folder / "ranks.jsonl", error);
  for (const char* name : {"noise", "ranks", "recall", "scores", "similarity"}) {
    for (const char* ending : {".png", ".svg", ".gp"})
      fs::remove(folder / "figures" / (std::string(name) + ending), error);
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
  clear_old_parts(options.directory);
  // Figures for machines first: they are there even where drawing fails.
  write_file_atomic(options.directory / "results.json", results_json(result));
  if (options.ranks) write_file_atomic(options.directory / "ranks.jsonl", ranks_jsonl(result));
  std::vector<PageImage> figures;
  if (options.figures) figures = make_figures(result, options.directory / "figures");
  const ImageBytes images = read_shown_images(result, input);
  write_grids(result, images, options.directory / "grids");
  write_file_atomic(options.directory / "index.html",
                    results_page(result, figures, page_images(images)));
}

}  // namespace sightline
