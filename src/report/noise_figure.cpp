// Accuracy against the strength of noise: one panel per group of kinds, one line per model.
#include "report/noise_figure.h"

#include <algorithm>

#include "base/text.h"
#include "report/figure_parts.h"
#include "report/figures.h"
#include "report/noise_groups.h"
#include "report/text.h"

namespace sightline {
namespace {

std::string block_name(size_t kind, size_t model) {
  return "$noise" + std::to_string(kind) + "x" + std::to_string(model);
}

// Rows of strength, accuracy and its interval in percent, by increasing strength. `shift` offsets
// the points of each model horizontally, so that intervals do not overlap. Raises `highest` to the
// largest upper bound.
std::string noise_block(const Robustness& r, NoiseKind kind, double shift, double& highest) {
  std::vector<NoisePoint> points = {r.clean};
  for (const NoisePoint* point : points_of(r, kind)) points.push_back(*point);
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
            " using 1:2:3:4 with yerrorbars lw 1 pt 0 lc rgb " + color + " notitle, \\\n  " +
            block + " using 1:2 with linespoints lw 1.8 ps 0.9" + figure_point(m) +
            figure_dashes(m) + " lc rgb " + color + " title " + legend_name(result.models[m]);
  }
  return (plot.empty() ? "plot NaN notitle" : plot) + "\n";
}

std::string panel_title(const NoiseGroup& group) {
  return "set title " + gnuplot_text(noise_titles(group)) + " font 'Sans,13' offset 0,-0.2\n";
}

// The data blocks of all panels and models.
std::string noise_data(const ExperimentResult& result, const std::vector<NoiseGroup>& groups,
                       double strongest, double& highest) {
  std::string data;
  const auto models = static_cast<double>(result.models.size());
  for (size_t g = 0; g < groups.size(); ++g) {
    for (size_t m = 0; m < result.models.size(); ++m) {
      if (!result.models[m].robustness) continue;
      const double shift = (static_cast<double>(m) - (models - 1) / 2) * strongest / 90;
      data += block_name(g, m) + " << EOD\n" +
              noise_block(*result.models[m].robustness, groups[g].kinds[0], shift, highest) +
              "EOD\n";
    }
  }
  return data;
}

}  // namespace

std::optional<Figure> noise_figure(const ExperimentResult& result) {
  if (result.noise.kinds.empty() || result.models.empty() || !result.models[0].robustness)
    return std::nullopt;
  const std::vector<NoiseGroup> groups = shown_noise_groups(result);
  // If nothing changed, the title of the only panel names all kinds.
  const std::string note = groups[0].unchanged ? "" : noise_groups_text(result);
  const Robustness& first = *result.models[0].robustness;
  const double strongest = 100 * std::ranges::max(result.noise.strengths);
  const double chance =
      first.candidates > 0
          ? std::min(100.0, 100.0 * result.top_k / static_cast<double>(first.candidates))
          : 0;
  double highest = chance;
  const std::string data = noise_data(result, groups, strongest, highest);
  Panels panels;
  panels.count = static_cast<int>(groups.size());
  panels.columns = panels.count <= 3 ? panels.count : result.models.size() > 4 ? 2 : 3;
  panels.width = 1100;
  panels.panel_height = panels.columns < 3 || panels.count == 3 ? 320 : 250;
  panels.gap_x = 28;
  panels.top = note.empty() ? 84 : 106;
  const int rows = legend_rows(result, panels.width);
  panels.bottom = 76 + 22 * rows;
  std::string drawing =
      std::string(kFigureAxes) +
      multiplot_title("Accuracy with noise on " + counted(first.queries, "caption") + " (" +
                      dataset_text(result) + ")");
  drawing += "set xrange [" + decimal(-0.06 * strongest, 3) + ":" + decimal(1.06 * strongest, 3) +
             "]\nset xtics 0," + decimal(nice_step(strongest / 5), 3) + "\n" +
             axis_from_zero("y", percent_axis_end(highest), 5);
  drawing += legend_key(0.5, rows, panels.height());
  drawing += "set arrow from graph 0, first " + decimal(chance, 4) + " to graph 1, first " +
             decimal(chance, 4) + " nohead" + kChanceStyle + "\n";
  if (!note.empty()) {
    drawing += "set label 1 " + gnuplot_text(note) + " at screen 0.5, screen " +
               decimal(1 - 48.0 / panels.height(), 4) + " center font 'Sans,11' tc rgb '#444444'\n";
  }
  for (int i = 0; i < panels.count; ++i) {
    drawing += panels.margins(i) + panel_title(groups[static_cast<size_t>(i)]);
    drawing += panels.in_last_row(i) ? "set xlabel 'changed words (%)'\n" : "unset xlabel\n";
    drawing += panels.in_first_column(i)
                   ? "set ylabel 'accuracy (% of captions)'\nset format y '%g'\n"
                   : "unset ylabel\nset format y ''\n";
    drawing += panel_plot(result, static_cast<size_t>(i)) + "unset key\nunset label 1\n";
  }
  drawing += "unset multiplot\n";
  return Figure{"noise",
                "Accuracy (own image among the top " + std::to_string(result.top_k) +
                    ", strict) against the share of changed words" + interval_note(result) + "; " +
                    counted(first.queries, "caption") + ", " + counted(first.candidates, "image") +
                    ". Dotted: chance level. " + noise_groups_text(result),
                script_for_both("noise", panels.width, panels.height(), data, drawing)};
}

}  // namespace sightline
