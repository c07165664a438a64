// Accuracy and score of each model, as a bar chart.
#include "report/scores_figure.h"

#include <algorithm>

#include "eval/chance.h"
#include "report/figure_parts.h"
#include "report/figures.h"
#include "report/fonts.h"
#include "report/text.h"

namespace sightline {
namespace {

// The upper end of the axis: chance level, values and intervals are within it.
double axis_end_of(const ExperimentResult& result, double chance) {
  double highest = chance;
  for (const ModelResult& model : result.models)
    highest =
        std::max(highest, 100 * interval_of(model.metrics.text_to_image, Metric::accuracy).high);
  return percent_axis_end(highest);
}

// One row per model: index, accuracy in percent and its interval, and the value in words.
std::string bars_block(const ExperimentResult& result, int decimals) {
  std::string data = "$models << EOD\n";
  for (size_t m = 0; m < result.models.size(); ++m) {
    const DirectionMetrics& d = result.models[m].metrics.text_to_image;
    const MetricInterval i = interval_of(d, Metric::accuracy);
    data += std::to_string(m) + " " + decimal(100 * d.accuracy, 4) + " " + decimal(100 * i.low, 4) +
            " " + decimal(100 * i.high, 4) + " \"" + decimal(100 * d.accuracy, decimals) + " %  (" +
            std::to_string(d.score) + ")\"\n";
  }
  return data + "EOD\n";
}

// One tic per model, with its label.
std::string model_tics(const ExperimentResult& result) {
  std::string tics;
  for (size_t m = 0; m < result.models.size(); ++m) {
    tics += (m > 0 ? ", " : "") + gnuplot_wrapped(drawable_text(result.models[m].label), 26) + " " +
            std::to_string(m);
  }
  return tics;
}

// The value is printed to the right of the interval.
std::string panel_plot(const ExperimentResult& result) {
  std::string plot = "plot ";
  bool intervals = false;
  for (size_t m = 0; m < result.models.size(); ++m) {
    intervals |= interval_of(result.models[m].metrics.text_to_image, Metric::accuracy).known;
    plot += "$models every ::" + std::to_string(m) + "::" + std::to_string(m) +
            " using 2:1:(0):2:($1-0.34):($1+0.34) with boxxyerror" + bar_style(m) +
            " notitle, \\\n  ";
  }
  if (intervals) {
    plot +=
        std::string("$models using 2:1:3:4 with xerrorbars") + kIntervalStyle + " notitle, \\\n  ";
  }
  for (size_t m = 0; m < result.models.size(); ++m) {
    plot += "$models every ::" + std::to_string(m) + "::" + std::to_string(m) +
            " using 2:1 with points ps 1.3" + figure_point(m) + " lc rgb " + figure_color(m) +
            " notitle, \\\n  ";
  }
  return plot + "$models using 4:1:5 with labels left offset 1,0 font 'Sans,11' notitle\n";
}

std::string chance_line(double at) {
  return "set arrow from " + decimal(at, 5) + ", graph 0 to " + decimal(at, 5) +
         ", graph 1 nohead front" + kChanceStyle + "\n";
}

}  // namespace

Figure scores_figure(const ExperimentResult& result) {
  const double chance = 100 * chance_recall(result, View::text_to_image, result.top_k);
  const double axis_end = axis_end_of(result, chance);
  const std::string data = bars_block(result, decimals_for(axis_end));
  const auto models = static_cast<int>(result.models.size());
  const std::string k = std::to_string(result.top_k);
  Panels panels;
  panels.left = 250;
  panels.right = 150;
  panels.top = 64;
  panels.panel_height = std::max(90, 46 * models);
  std::string drawing =
      std::string(kFigureAxes) +
      "unset grid\nset grid xtics lc rgb '#dddddd' lt 1 lw 1\nunset key\n" +
      multiplot_title("Own image among the top " + k + " (" + dataset_text(result) + ")");
  drawing += panels.margins(0) + "set yrange [" + decimal(models - 0.4, 1) +
             ":-0.6]\nset ytics scale 0 font 'Sans,11' (" + model_tics(result) + ")\n";
  drawing += axis_from_zero("x", axis_end, 6) + "set xlabel 'accuracy: % of captions (score)'\n" +
             chance_line(chance) + panel_plot(result) + "unset multiplot\n";
  return {"scores",
          "Accuracy, the share of captions whose own image is among the top " + k +
              ", and in brackets their number, the score, of each model" + interval_note(result) +
              ". Dotted: chance level.",
          script_for_both("scores", panels.width, panels.height(), data, drawing)};
}

}  // namespace sightline
