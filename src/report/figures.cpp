#include "report/figures.h"

#include "base/file.h"
#include "report/accuracy_figure.h"
#include "report/gnuplot.h"
#include "report/noise_figure.h"
#include "report/ranks_figure.h"
#include "report/scores_figure.h"
#include "report/similarity_figure.h"

namespace sightline {

std::vector<Figure> figures_of(const ExperimentResult& result) {
  std::vector<Figure> figures = {scores_figure(result), accuracy_figure(result),
                                 ranks_figure(result), similarity_figure(result)};
  if (auto noise = noise_figure(result)) figures.push_back(std::move(*noise));
  return figures;
}

std::vector<PageImage> draw_figures(const std::vector<Figure>& figures,
                                    const std::filesystem::path& directory,
                                    const ProgressFn& progress) {
  make_folder(directory);
  std::vector<PageImage> images;
  const auto total = static_cast<int64_t>(figures.size());
  for (int64_t done = 0; done < total; ++done) {
    const Figure& figure = figures[static_cast<size_t>(done)];
    const auto report = [&] {
      if (progress) progress({"drawing figures", done, total, ""});
    };
    report();
    run_gnuplot(directory, figure.name, figure.script, report);
    images.push_back({figure.name, "image/svg+xml",
                      read_text_file(directory / (figure.name + ".svg")), figure.caption});
  }
  if (progress) progress({"drawing figures", total, total, ""});
  return images;
}

}  // namespace sightline
