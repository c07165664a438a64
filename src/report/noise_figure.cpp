// Accuracy against the strength of noise: one panel per kind, one line per model.
#include "report/noise_figure.h"

#include <algorithm>

#include "base/text.h"
#include "report/figure_parts.h"
#include "report/figures.h"
#include "report/text.h"

namespace sightline {
namespace {

std::string panel_name(NoiseKind kind) {
  switch (kind) {
    case NoiseKind::noise_words:
      return "noise words added";
    case NoiseKind::typos:
      return "typos";
    case NoiseKind::dropped_words:
      return "words dropped";
    case NoiseKind::upper_case:
      return "UPPER CASE";
    case NoiseKind::title_case:
      return "Title Case";
    case NoiseKind::random_case:
      return "rAnDoM cASe";
  }
  return "";
}

std::string block_name(size_t kind, size_t model) {
  return "$noise" + std::to_string(kind) + "x" + std::to_string(model);
}

// Rows of strength, accuracy and its interval in percent, by increasing strength. `shift` offsets
// the points of each model horizontally, so that intervals do not overlap. Raises `highest` to the
// largest upper bound.
std::string noise_block(const Robustness& r, NoiseKind kind, double shift, double& highest) {
  std::vector<NoisePoint> points = {r.clean};
  for (const NoisePoint& p : r.points) {
    if (p.kind == kind) points.push_back(p);
  }
  std::ranges::sort(points, {}, &NoisePoint::strength);
  std::string data;
  for (const NoisePoint& p : points) {
    const Interval interval =
        p.accuracy.interval.value_or(Interval{p.accuracy.value, p.accuracy.value});
    highest = std::max(highest, 100 * interval.high);
    data += decimal(100 * p.strength + shift, 4) + " " + decimal(100 * p.accuracy.value, 3) + " " +
            decimal(100 * interval.low, 3) + " " + decimal(100 * interval.high, 3) + "\n";
  }
  return data;
}

std::string panel_plot(const ExperimentResult& result, size_t kind) {
  std::string plot;
  for (size_t m = 0; m < result.models.size(); ++m) {
    if (!result.models[m].robustness) continue;
    const std::string block = block_name(kind, m), color = figure_color(m);
    plot += std::string(plot.empty() ? "plot " : ", \\\n  ") + block +
            " using 1:2:3:4 with yerrorbars lw 1.2 pt 7 ps 0.7 lc rgb " + color +
            " notitle, \\\n  " + block + " using 1:2 with lines lw 2" + figure_dashes(m) +
            " lc rgb " + color + " title " + legend_name(result.models[m]);
  }
  return (plot.empty() ? "plot NaN notitle" : plot) + "\n";
}

}  // namespace

std::optional<Figure> noise_figure(const ExperimentResult& result) {
  const std::vector<NoiseKind>& kinds = result.noise.kinds;
  if (kinds.empty() || result.models.empty() || !result.models[0].robustness) return std::nullopt;
  const Robustness& first = *result.models[0].robustness;
  const double strongest = 100 * std::ranges::max(result.noise.strengths);
  const auto models = static_cast<double>(result.models.size());
  std::string data;
  double highest = 1;
  for (size_t k = 0; k < kinds.size(); ++k) {
    for (size_t m = 0; m < result.models.size(); ++m) {
      if (!result.models[m].robustness) continue;
      const double shift = (static_cast<double>(m) - (models - 1) / 2) * strongest / 100;
      data += block_name(k, m) + " << EOD\n" +
              noise_block(*result.models[m].robustness, kinds[k], shift, highest) + "EOD\n";
    }
  }
  Panels panels;
  panels.count = static_cast<int>(kinds.size());
  panels.columns = std::min(3, panels.count);
  panels.width = 1100;
  panels.panel_height = panels.columns == 1 ? 340 : 230;
  panels.gap_x = 28;
  const int rows = legend_rows(result, panels.width);
  panels.bottom = 76 + 22 * rows;
  const std::string k = std::to_string(result.top_k);
  std::string drawing =
      std::string(kFigureAxes) +
      multiplot_title("Accuracy with noise on " + counted(first.queries, "caption") + " (" +
                      dataset_text(result) + ")");
  drawing += "set xrange [" + decimal(-0.06 * strongest, 3) + ":" + decimal(1.06 * strongest, 3) +
             "]\nset xtics 0," + decimal(nice_step(strongest / 5), 3) +
             "\nset yrange [0:" + decimal(highest * 1.06, 3) + "]\n";
  drawing += legend_key(0.5, rows, panels.height());
  const double chance =
      first.candidates > 0 ? 100.0 * result.top_k / static_cast<double>(first.candidates) : 0;
  drawing += "set arrow from graph 0, first " + decimal(chance, 4) + " to graph 1, first " +
             decimal(chance, 4) + " nohead" + kChanceStyle + "\n";
  for (int i = 0; i < panels.count; ++i) {
    drawing += panels.margins(i) + "set title " +
               gnuplot_text(panel_name(kinds[static_cast<size_t>(i)])) +
               " font 'Sans,13' offset 0,-0.4\n";
    drawing += panels.in_last_row(i) ? "set xlabel 'changed words (%)'\n" : "unset xlabel\n";
    drawing += panels.in_first_column(i)
                   ? "set ylabel 'accuracy (% of captions)'\nset format y '%g'\n"
                   : "unset ylabel\nset format y ''\n";
    drawing += panel_plot(result, static_cast<size_t>(i)) + "unset key\n";
  }
  drawing += "unset multiplot\n";
  return Figure{"noise",
                "Accuracy (own image among the top " + k +
                    ", strict) against the share of changed words" + interval_note(result) + "; " +
                    counted(first.queries, "caption") + ", " + counted(first.candidates, "image") +
                    ". Dotted: chance level.",
                script_for_both("noise", panels.width, panels.height(), data, drawing)};
}

}  // namespace sightline
