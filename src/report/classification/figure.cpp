// The metrics of each model, with intervals.
#include "report/classification/figure.h"

#include <algorithm>

#include "base/text.h"
#include "report/classification/parts.h"
#include "report/figure_parts.h"
#include "report/fonts.h"
#include "report/text.h"

namespace sightline {
namespace {

constexpr double kGroupWidth = 0.84;  // of the bars of a metric

std::string block_name(size_t model) {
  return "$model" + std::to_string(model);
}

// Position, value in percent and its interval of each metric.
std::string model_block(const ClassificationResult& result, size_t m, double& highest) {
  const ClassifiedModel& model = result.models[m];
  const double width = kGroupWidth / static_cast<double>(result.models.size());
  std::string data = block_name(m) + " << EOD\n";
  double group = 0;
  for (const ClassMetric metric : class_metrics(result)) {
    const auto at = static_cast<size_t>(metric);
    const double value = model.values[at];
    const Interval interval = model.intervals[at].value_or(Interval{value, value});
    highest = std::max(highest, 100 * interval.high);
    data += decimal(group - kGroupWidth / 2 + (static_cast<double>(m) + 0.5) * width, 4) + " " +
            decimal(100 * value, 4) + " " + decimal(100 * interval.low, 4) + " " +
            decimal(100 * interval.high, 4) + "\n";
    ++group;
  }
  return data + "EOD\n";
}

int rows_of_legend(const ClassificationResult& result, int width) {
  size_t longest = 0;
  for (const ClassifiedModel& model : result.models)
    longest = std::max(longest, std::min<size_t>(48, text_width(drawable_text(model.label))));
  const int columns = std::max(1, width / (70 + 9 * static_cast<int>(longest)));
  return (static_cast<int>(result.models.size()) + columns - 1) / columns;
}

}  // namespace

Figure classification_figure(const ClassificationResult& result) {
  const std::vector<ClassMetric> metrics = class_metrics(result);
  std::string data, plot, tics;
  double highest = 0;
  std::vector<double> chance;
  for (size_t k = 0; k < metrics.size(); ++k) {
    std::string label = class_metric_label(metrics[k]);
    label.resize(label.size() - 2);  // the axis has the unit
    tics += (k > 0 ? ", '" : "'") + label + "' " + std::to_string(k);
    chance.push_back(100 * chance_of(result, metrics[k]));
    highest = std::max(highest, chance.back());
  }
  const double width = kGroupWidth / static_cast<double>(result.models.size());
  const bool intervals = result.statistics.resamples > 0;
  for (size_t m = 0; m < result.models.size(); ++m) {
    data += model_block(result, m, highest);
    plot += (m > 0 ? ", \\\n  " : "plot ") + block_name(m) + " using 1:2:(" +
            decimal(0.92 * width, 4) + ") with boxes" + bar_style(m) + " title " +
            gnuplot_text(shorten(drawable_text(result.models[m].label), 48));
    if (intervals)
      plot += ", \\\n  " + block_name(m) +
              " using 1:3:(0):($4-$3) with vectors heads size screen 0.005,90 lw 1.3 lc rgb "
              "'#222222' notitle";
  }
  Panels panels;
  panels.width = 900;
  panels.panel_height = 340;
  const int rows = rows_of_legend(result, panels.width);
  panels.bottom = 52 + 22 * rows;
  const std::filesystem::path path = result.dataset.lexically_normal();
  const std::string name =
      path.has_filename() ? path.filename().string() : path.parent_path().filename().string();
  const std::string size = counted(static_cast<int64_t>(result.images.size()), "image") + ", " +
                           counted(static_cast<int64_t>(result.classes.size()), "class", "classes");
  const std::string metric_names =
      result.multilabel
          ? "Mean average precision"
          : std::string(metrics.size() < 3 ? "acc1" : "acc1, acc5") + " and mean per-class recall";
  const std::string drawing =
      std::string(kFigureAxes) +
      multiplot_title(std::string(result.multilabel ? "Multi-label zero-shot" : "Zero-shot") +
                      " classification (" + shorten(drawable_text(name), 40) + ", " + size + ")") +
      panels.margins(0) +
      "set xrange [-0.5:" + decimal(static_cast<double>(metrics.size()) - 0.5, 1) +
      "]\nset xtics scale 0 (" + tics + ")\n" + axis_from_zero("y", percent_axis_end(highest), 6) +
      "set ylabel '" + (result.multilabel ? "mean average precision (%)" : "share (%)") + "'\n" +
      legend_key(0.5, rows, panels.height()) + plot + ", \\\n  " + chance_plot("chance") +
      "\nunset multiplot\n";
  return {"classification",
          metric_names + " of each model" +
              (intervals ? ", with " + percent_text(result.statistics.confidence) + " intervals"
                         : std::string()) +
              "; " + size + ". Dotted: chance level.",
          script_for_both("classification", panels.width, panels.height(),
                          data + chance_block("chance", chance), drawing)};
}

}  // namespace sightline
