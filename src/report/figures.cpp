#include "report/figures.h"

#include "report/gnuplot.h"
#include "report/noise_figure.h"
#include "report/ranks_figure.h"
#include "report/recall_figure.h"
#include "report/scores_figure.h"
#include "report/similarity_figure.h"

namespace sightline {

std::vector<Figure> draw_figures(const ExperimentResult& result,
                                 const std::filesystem::path& directory) {
  std::vector<Figure> figures = {scores_figure(result), recall_figure(result), ranks_figure(result),
                                 similarity_figure(result)};
  if (auto noise = noise_figure(result)) figures.push_back(std::move(*noise));
  for (const Figure& figure : figures) run_gnuplot(directory, figure.name, figure.script);
  return figures;
}

}  // namespace sightline
