// R@1, R@5 and R@10 in both directions.
#include "report/recall_figure.h"

#include <algorithm>

#include "eval/chance.h"
#include "report/figure_parts.h"
#include "report/figures.h"
#include "report/text.h"

namespace sightline {
namespace {

struct Cut {
  Metric metric;
  int64_t k;
};
constexpr Cut kCuts[] = {
    {Metric::recall_at_1, 1}, {Metric::recall_at_5, 5}, {Metric::recall_at_10, 10}};

// Columns: x position, recall in percent, lower and upper bound of its interval. Raises `highest`
// to the largest upper bound.
std::string recall_block(const std::string& name, const DirectionMetrics& d, double& highest) {
  std::string data = "$" + name + " << EOD\n";
  int x = 0;
  for (const Cut& cut : kCuts) {
    const MetricInterval interval = interval_of(d, cut.metric);
    highest = std::max(highest, 100 * interval.high);
    data += std::to_string(x++) + " " + decimal(100 * metric_value(d, cut.metric), 4) + " " +
            decimal(100 * interval.low, 4) + " " + decimal(100 * interval.high, 4) + "\n";
  }
  return data + "EOD\n";
}

// The chance level of each cut in percent. Raises `highest`.
std::vector<double> chance_of_cuts(const ExperimentResult& result, View view, double& highest) {
  std::vector<double> percent;
  for (const Cut& cut : kCuts) percent.push_back(100 * chance_of(result, view, cut.metric));
  highest = std::max(highest, std::ranges::max(percent));
  return percent;
}

std::string recall_panel(const ExperimentResult& result, const std::string& prefix, int decimals,
                         bool legend) {
  std::string bars, intervals, points, labels, keys;
  const auto count = static_cast<double>(result.models.size());
  const double width = 0.8 / std::max(2.0, count);
  for (size_t m = 0; m < result.models.size(); ++m) {
    const std::string offset = decimal((static_cast<double>(m) - (count - 1) / 2) * width, 5);
    const std::string block = "$" + prefix + std::to_string(m) + " using ($1+(" + offset + ")):";
    const std::string color = " lc rgb " + figure_color(m);
    bars += (m > 0 ? ", \\\n  " : "") + block + "2:(" + decimal(width * 0.9, 5) + ") with boxes" +
            bar_style(m) + " notitle";
    if (interval_of(result.models[m].metrics.text_to_image, Metric::recall_at_1).known) {
      // Not yerrorbars, which draw a white dot at the end of the bar.
      intervals +=
          ", \\\n  " + block +
          "3:(0):($4-$3) with vectors heads size graph 0.008,90 lc rgb '#222222' lw 1.3 notitle";
    }
    points += ", \\\n  " + block + "2 with points ps 0.9" + figure_point(m) + color + " notitle";
    // With more than three models, rotate the labels so that they do not overlap.
    labels += ", \\\n  " + block + "4:(sprintf('%." + std::to_string(decimals) +
              "f',$2)) with labels " +
              (count > 3 ? "rotate by 90 left offset 0,0.6 font 'Sans,9'"
                         : "offset 0,0.7 font 'Sans,10'") +
              " notitle";
    if (legend)
      keys += ", \\\n  keyentry with points ps 1.4" + figure_point(m) + color + " title " +
              legend_name(result.models[m]);
  }
  const std::string chance = ", \\\n  " + chance_plot("chance_" + prefix);
  return "plot " + bars + chance + intervals + points + labels + keys + "\n";
}

}  // namespace

Figure recall_figure(const ExperimentResult& result) {
  double highest = 0;
  std::string data =
      chance_block("chance_text", chance_of_cuts(result, View::text_to_image, highest)) +
      chance_block("chance_image", chance_of_cuts(result, View::image_to_text, highest));
  for (size_t m = 0; m < result.models.size(); ++m) {
    const RetrievalMetrics& metrics = result.models[m].metrics;
    data += recall_block("text" + std::to_string(m), metrics.text_to_image, highest);
    data += recall_block("image" + std::to_string(m), metrics.image_to_text, highest);
  }
  const double axis_end = percent_axis_end(highest);
  const int decimals = decimals_for(axis_end);
  Panels panels;
  panels.count = panels.columns = 2;
  panels.width = 1100;
  panels.top = 78 + kValueRoom;
  panels.panel_height = 340;
  panels.gap_x = 40;
  const int rows = legend_rows(result, panels.width);
  panels.bottom = 50 + 22 * rows;
  std::string drawing =
      std::string(kFigureAxes) + multiplot_title("Recall (" + dataset_text(result) + ")");
  drawing += axis_from_zero("y", axis_end, 5) + "set xrange [-0.6:2.6]\n";
  drawing += "set xtics scale 0 ('R@1' 0, 'R@5' 1, 'R@10' 2)\nset ylabel 'recall (% of queries)'\n";
  drawing += legend_key(0.5, rows, panels.height());
  drawing += panels.margins(0) + "set title 'text → image' font 'Sans,13' offset 0,1.8\n" +
             recall_panel(result, "text", decimals, true);
  drawing += panels.margins(1) +
             "unset key\nunset ylabel\nset format y ''\nset title 'image → text' font 'Sans,13' "
             "offset 0,1.8\n" +
             recall_panel(result, "image", decimals, false) + "unset multiplot\n";
  return {
      "recall",
      "Share of queries with a relevant candidate (strict) among the first 1, 5 and 10, in both "
      "directions" +
          interval_note(result) + ". Dotted: chance level.",
      script_for_both("recall", panels.width, panels.height(), data, drawing)};
}

}  // namespace sightline
