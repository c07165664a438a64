#include "report/accuracy_figure.h"

#include <algorithm>

#include "eval/chance.h"
#include "report/figure_parts.h"
#include "report/text.h"

namespace sightline {
namespace {

constexpr View kPanels[] = {View::text_to_image, View::image_to_text};

std::string block_name(View view, size_t model) {
  return std::string("$") + (view == View::text_to_image ? "text" : "image") +
         std::to_string(model);
}

std::string chance_name(View view) {
  return view == View::text_to_image ? "$chance_text" : "$chance_image";
}

// Columns: K, accuracy in percent, lower and upper bound of its interval. Raises `highest` to the
// largest upper bound.
std::string curve_block(const std::string& name, const DirectionMetrics& d, double& highest) {
  std::string data = name + " << EOD\n";
  for (size_t i = 0; i < d.accuracy_at_k.size(); ++i) {
    const double value = d.accuracy_at_k[i];
    const Interval interval =
        d.accuracy_at_k_intervals.empty() ? Interval{value, value} : d.accuracy_at_k_intervals[i];
    highest = std::max(highest, 100 * interval.high);
    data += std::to_string(i + 1) + " " + decimal(100 * value, 4) + " " +
            decimal(100 * interval.low, 4) + " " + decimal(100 * interval.high, 4) + "\n";
  }
  return data + "EOD\n";
}

// Columns: K, accuracy of random rankings in percent. Raises `highest`.
std::string chance_curve_block(const ExperimentResult& result, View view, double& highest) {
  std::string data = chance_name(view) + " << EOD\n";
  int64_t k = 0;
  for (const double accuracy : chance_curve(result, view)) {
    highest = std::max(highest, 100 * accuracy);
    data += std::to_string(++k) + " " + decimal(100 * accuracy, 4) + "\n";
  }
  return data + "EOD\n";
}

// Tics at 1, 5, 10, 20, …; at every K if there are few.
std::string k_axis(int64_t last) {
  std::string tics;
  for (int64_t k = 1; k <= last; ++k) {
    if (last >= 10 && k != 1 && k != 5 && k % 10 != 0) continue;
    tics += (k > 1 ? ", " : "") + std::to_string(k);
  }
  return "set xrange [0.5:" + std::to_string(last) + ".5]\nset xtics (" + tics + ")\n";
}

// A vertical line at the K of the scores, with its value above the panel.
std::string mark_k(int top_k, int64_t last) {
  const std::string none = "unset arrow\nunset label\n";
  if (top_k > last) return none;
  const std::string k = std::to_string(top_k);
  return none + "set arrow from first " + k + ", graph 0 to first " + k +
         ", graph 1 nohead back lc rgb '#999999' lw 1\nset label 'K = " + k + "' at first " + k +
         ", graph 1.03 " + (2 * top_k <= last ? "left" : "right") +
         " font 'Sans,10' tc rgb '#444444'\n";
}

// Bands below, then chance, lines and points. Points are drawn at the tics, so that curves differ
// by shape as well as by color.
std::string panel_plot(const ExperimentResult& result, View view, int64_t last, bool legend) {
  std::string bands, lines, keys;
  for (size_t m = 0; m < result.models.size(); ++m) {
    const std::string block = block_name(view, m), color = " lc rgb " + figure_color(m);
    const std::string line = " lw 1.8" + figure_dashes(m) + color;
    const std::string point = " ps 0.9" + figure_point(m) + color;
    if (!metrics_of(result.models[m].metrics, view).accuracy_at_k_intervals.empty())
      bands += block + " using 1:3:4 with filledcurves fs transparent solid 0.15 noborder" + color +
               " notitle, \\\n  ";
    lines += ", \\\n  " + block + " using 1:2 with lines" + line + " notitle, \\\n  " + block +
             " using 1:(" + (last < 10 ? "1" : "$1==1||$1==5||int($1)%10==0") +
             "?$2:NaN) with points" + point + " notitle";
    if (legend)
      keys += ", \\\n  keyentry with linespoints lw 1.8 ps 0.9" + figure_point(m) +
              figure_dashes(m) + color + " title " + legend_name(result.models[m]);
  }
  return "plot " + bands + chance_name(view) + " using 1:2 with lines" + kChanceStyle + " notitle" +
         lines + keys + "\n";
}

}  // namespace

Figure accuracy_figure(const ExperimentResult& result) {
  double highest = 0;
  std::string data;
  int64_t longest = 0;
  for (const View view : kPanels) {
    data += chance_curve_block(result, view, highest);
    for (size_t m = 0; m < result.models.size(); ++m) {
      const DirectionMetrics& d = metrics_of(result.models[m].metrics, view);
      longest = std::max(longest, static_cast<int64_t>(d.accuracy_at_k.size()));
      data += curve_block(block_name(view, m), d, highest);
    }
  }
  Panels panels;
  panels.count = panels.columns = 2;
  panels.width = 1100;
  panels.top = 96;
  panels.panel_height = 380;
  panels.gap_x = 40;
  const int rows = legend_rows(result, panels.width);
  panels.bottom = 76 + 22 * rows;
  std::string drawing = std::string(kFigureAxes) +
                        multiplot_title("Accuracy against K (" + dataset_text(result) + ")") +
                        axis_from_zero("y", percent_axis_end(highest), 5) +
                        "set ylabel 'accuracy (% of queries)'\nset xlabel 'K'\n" +
                        legend_key(0.5, rows, panels.height());
  for (int i = 0; i < panels.count; ++i) {
    const View view = kPanels[i];
    const auto last =
        static_cast<int64_t>(metrics_of(result.models[0].metrics, view).accuracy_at_k.size());
    drawing += panels.margins(i) + k_axis(last) + mark_k(result.top_k, last) + "set title '" +
               (view == View::text_to_image ? "text → image" : "image → text") +
               "' font 'Sans,13' offset 0,0.9\n";
    if (i > 0) drawing += "unset key\nunset ylabel\nset format y ''\n";
    drawing += panel_plot(result, view, last, i == 0);
  }
  return {"accuracy_at_k",
          "Accuracy, the share of queries with a relevant candidate (strict) among the first K, "
          "for K = 1 to " +
              std::to_string(longest) + " in both directions" + interval_note(result) +
              (result.statistics.resamples > 0 ? " as bands" : "") +
              ". At K = 1, 5 and 10 it is R@1, R@5 and R@10. Vertical: the K of the score. Dotted: "
              "chance level.",
          script_for_both("accuracy_at_k", panels.width, panels.height(), data,
                          drawing + "unset multiplot\n")};
}

}  // namespace sightline
