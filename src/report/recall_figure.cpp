// R@1, R@5 and R@10 in both directions.
#include "report/recall_figure.h"

#include <algorithm>

#include "report/figure_parts.h"
#include "report/figures.h"
#include "report/text.h"

namespace sightline {
namespace {

// Columns: x position, recall in percent, lower and upper bound of its interval.
std::string recall_block(const std::string& name, const DirectionMetrics& d) {
  std::string data = "$" + name + " << EOD\n";
  int x = 0;
  for (const Metric metric : {Metric::recall_at_1, Metric::recall_at_5, Metric::recall_at_10}) {
    const MetricInterval interval = interval_of(d, metric);
    data += std::to_string(x++) + " " + decimal(100 * metric_value(d, metric), 3) + " " +
            decimal(100 * interval.low, 3) + " " + decimal(100 * interval.high, 3) + "\n";
  }
  return data + "EOD\n";
}

std::string recall_panel(const ExperimentResult& result, const std::string& prefix, bool legend) {
  std::string bars, intervals, labels;
  const auto count = static_cast<double>(result.models.size());
  const double width = 0.8 / std::max(1.0, count);
  for (size_t m = 0; m < result.models.size(); ++m) {
    const std::string offset = decimal((static_cast<double>(m) - (count - 1) / 2) * width, 5);
    const std::string block = "$" + prefix + std::to_string(m) + " using ($1+(" + offset + ")):";
    bars += (m > 0 ? ", \\\n  " : "") + block + "2:(" + decimal(width * 0.92, 5) +
            ") with boxes fs solid 0.9 noborder lc rgb " + figure_color(m) +
            (legend ? " title " + legend_name(result.models[m]) : std::string(" notitle"));
    if (interval_of(result.models[m].metrics.text_to_image, Metric::recall_at_1).known) {
      // Not yerrorbars, which draw a white dot at the end of the bar.
      intervals +=
          ", \\\n  " + block +
          "3:(0):($4-$3) with vectors heads size graph 0.008,90 lc rgb '#222222' lw 1.3 notitle";
    }
    // With more than three models, rotate the labels so that they do not overlap.
    labels += ", \\\n  " + block + "4:(sprintf('%.1f',$2)) with labels " +
              (count > 3 ? "rotate by 90 left offset 0,0.4 font 'Sans,9'"
                         : "offset 0,0.7 font 'Sans,10'") +
              " notitle";
  }
  return "plot " + bars + intervals + labels + "\n";
}

}  // namespace

Figure recall_figure(const ExperimentResult& result) {
  std::string data;
  for (size_t m = 0; m < result.models.size(); ++m) {
    data += recall_block("text" + std::to_string(m), result.models[m].metrics.text_to_image);
    data += recall_block("image" + std::to_string(m), result.models[m].metrics.image_to_text);
  }
  Panels panels;
  panels.count = panels.columns = 2;
  panels.width = 1100;
  panels.panel_height = 380;
  panels.gap_x = 40;
  const int rows = legend_rows(result, panels.width);
  panels.bottom = 50 + 22 * rows;
  std::string drawing =
      std::string(kFigureAxes) + multiplot_title("Recall (" + dataset_text(result) + ")");
  drawing += "set yrange [0:114]\nset ytics 0,20,100\nset xrange [-0.6:2.6]\n";
  drawing += "set xtics scale 0 ('R@1' 0, 'R@5' 1, 'R@10' 2)\nset ylabel 'recall (% of queries)'\n";
  drawing += legend_key(0.5, rows, panels.height());
  drawing += panels.margins(0) + "set title 'text → image' font 'Sans,13'\n" +
             recall_panel(result, "text", true);
  drawing += panels.margins(1) +
             "unset key\nunset ylabel\nset format y ''\nset title 'image → text' font 'Sans,13'\n" +
             recall_panel(result, "image", false) + "unset multiplot\n";
  return {
      "recall",
      "Share of queries with a relevant candidate (strict) among the first 1, 5 and 10, in both "
      "directions" +
          interval_note(result) + ".",
      script_for_both("recall", panels.width, panels.height(), data, drawing)};
}

}  // namespace sightline
