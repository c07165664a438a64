// Score and accuracy of each model, as bar charts.
#include "report/scores_figure.h"

#include <algorithm>

#include "report/figure_parts.h"
#include "report/figures.h"
#include "report/fonts.h"
#include "report/text.h"

namespace sightline {
namespace {

// One row per model: index, score and its interval, accuracy in percent and its interval. Raises
// `max_score` and `max_percent` to the largest upper bounds.
std::string bars_block(const ExperimentResult& result, double& max_score, double& max_percent) {
  std::string data = "$models << EOD\n";
  for (size_t m = 0; m < result.models.size(); ++m) {
    const DirectionMetrics& d = result.models[m].metrics.text_to_image;
    const MetricInterval i = interval_of(d, Metric::accuracy);
    const auto n = static_cast<double>(d.queries);
    max_score = std::max(max_score, i.high * n);
    max_percent = std::max(max_percent, 100 * i.high);
    data += std::to_string(m) + " " + std::to_string(d.score) + " " + decimal(i.low * n, 3) + " " +
            decimal(i.high * n, 3) + " " + decimal(100 * d.accuracy, 3) + " " +
            decimal(100 * i.low, 3) + " " + decimal(100 * i.high, 3) + "\n";
  }
  return data + "EOD\n";
}

// One tic per model, with its label if `labeled`.
std::string model_tics(const ExperimentResult& result, bool labeled) {
  std::string tics;
  for (size_t m = 0; m < result.models.size(); ++m) {
    tics +=
        (m > 0 ? ", " : "") +
        (labeled ? gnuplot_wrapped(drawable_text(result.models[m].label), 24) : std::string("''")) +
        " " + std::to_string(m);
  }
  return tics;
}

// `value`: the column of the values; the next two columns are the interval. The value is printed to
// the right of the interval.
std::string panel_plot(const ExperimentResult& result, int value, const char* format,
                       double highest) {
  const std::string x = std::to_string(value), low = std::to_string(value + 1),
                    high = std::to_string(value + 2);
  std::string plot = "plot ";
  bool intervals = false;
  for (size_t m = 0; m < result.models.size(); ++m) {
    intervals |= interval_of(result.models[m].metrics.text_to_image, Metric::accuracy).known;
    plot += "$models every ::" + std::to_string(m) + "::" + std::to_string(m) + " using " + x +
            ":1:(0):" + x + ":($1-0.36):($1+0.36) with boxxyerror fs solid 0.85 noborder lc rgb " +
            figure_color(m) + " notitle, \\\n  ";
  }
  if (intervals) {
    plot += "$models using " + x + ":1:" + low + ":" + high + " with xerrorbars" + kIntervalStyle +
            " notitle, \\\n  ";
  }
  return plot + "$models using ($" + high + "+" + decimal(highest * 0.015, 5) + "):1:(sprintf('" +
         format + "',$" + x + ")) with labels left font 'Sans,11' notitle\n";
}

std::string chance_line(double at) {
  return "unset arrow\nset arrow from " + decimal(at, 5) + ", graph 0 to " + decimal(at, 5) +
         ", graph 1 nohead front" + kChanceStyle + "\n";
}

}  // namespace

Figure scores_figure(const ExperimentResult& result) {
  double max_score = 1, max_percent = 0.1;
  const std::string data = bars_block(result, max_score, max_percent);
  const auto models = static_cast<int>(result.models.size());
  const DirectionMetrics first =
      models > 0 ? result.models[0].metrics.text_to_image : DirectionMetrics{};
  const std::string k = std::to_string(result.top_k), n = std::to_string(first.queries);
  const double chance =
      first.candidates > 0
          ? std::min(1.0, static_cast<double>(result.top_k) / static_cast<double>(first.candidates))
          : 0;
  Panels panels;
  panels.count = panels.columns = 2;
  panels.left = 210;
  panels.right = 30;
  panels.gap_x = 40;
  panels.panel_height = std::max(90, 50 * models);
  std::string drawing =
      std::string(kFigureAxes) +
      "unset grid\nset grid xtics lc rgb '#dddddd' lt 1 lw 1\nunset key\n" +
      multiplot_title("Own image among the top " + k + " (" + dataset_text(result) + ")");
  drawing += "set yrange [" + decimal(models - 0.4, 1) + ":-0.6]\n";
  drawing +=
      panels.margins(0) + "set ytics scale 0 font 'Sans,11' (" + model_tics(result, true) + ")\n";
  drawing += "set title 'score' font 'Sans,13'\nset xlabel 'captions found, of " + n + "'\n";
  drawing += "set xrange [0:" + decimal(max_score * 1.2, 4) + "]\nset xtics 0," +
             decimal(std::max(1.0, nice_step(max_score / 5)), 3) + "\n";
  drawing += chance_line(chance * static_cast<double>(first.queries)) +
             panel_plot(result, 2, "%.0f", max_score);
  drawing += panels.margins(1) + "set ytics scale 0 (" + model_tics(result, false) +
             ")\nset title 'accuracy' font 'Sans,13'\nset xlabel '% of captions'\n";
  drawing += "set xrange [0:" + decimal(max_percent * 1.2, 4) + "]\nset xtics 0," +
             decimal(nice_step(max_percent / 5), 4) + "\n";
  drawing +=
      chance_line(100 * chance) + panel_plot(result, 5, "%.1f", max_percent) + "unset multiplot\n";
  return {"scores",
          "Score (captions whose own image is among the top " + k +
              ") and accuracy (score / captions) of "
              "each model" +
              interval_note(result) + ". Dotted: chance level.",
          script_for_both("scores", panels.width, panels.height(), data, drawing)};
}

}  // namespace sightline
