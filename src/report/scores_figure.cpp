// Score and accuracy of each model. The score is the accuracy times the number of captions, so one
// curve shows both, on two axes of the same scale. The weighted score is not drawn: its unit is
// points, up to K per caption, and neither axis has it.
#include "report/scores_figure.h"

#include <algorithm>
#include <cmath>

#include "eval/chance.h"
#include "report/figure_parts.h"
#include "report/figures.h"
#include "report/fonts.h"
#include "report/text.h"

namespace sightline {
namespace {

constexpr size_t kLabelLines = 4;

// Sizes in pixels.
constexpr int kModelWidth = 126;  // at least, for the label of a model
constexpr int kLetterWidth = 9;
constexpr int kLineHeight = 17;
constexpr double kPanelHeight = 340;

// The upper end of the axis: chance level, values and intervals are within it.
double axis_end_of(const ExperimentResult& result, double chance) {
  double highest = chance;
  for (const ModelResult& model : result.models)
    highest =
        std::max(highest, 100 * interval_of(model.metrics.text_to_image, Metric::accuracy).high);
  return percent_axis_end(highest);
}

// One row per model: index, accuracy in percent and its interval.
std::string values_block(const ExperimentResult& result) {
  std::string data = "$models << EOD\n";
  for (size_t m = 0; m < result.models.size(); ++m) {
    const DirectionMetrics& d = result.models[m].metrics.text_to_image;
    const MetricInterval i = interval_of(d, Metric::accuracy);
    data += std::to_string(m) + " " + decimal(100 * d.accuracy, 4) + " " + decimal(100 * i.low, 4) +
            " " + decimal(100 * i.high, 4) + "\n";
  }
  return data + "EOD\n";
}

// Tics of the score are whole numbers.
std::string score_axis(double accuracy_end, int64_t queries) {
  const double end = accuracy_end / 100 * static_cast<double>(std::max<int64_t>(queries, 1));
  return "set yrange [0:" + decimal(end, 6) + "]\nset ytics 0," +
         decimal(std::ceil(nice_step(std::max(end / 6, 1.0))), 0) + "\n";
}

// One tic per model, with its label in up to kLabelLines lines of `width` letters.
struct ModelTics {
  std::string list;
  size_t lines = 1;  // of the longest label
};

ModelTics model_tics(const ExperimentResult& result, size_t width) {
  ModelTics tics;
  for (size_t m = 0; m < result.models.size(); ++m) {
    const std::string label = drawable_text(result.models[m].label);
    tics.list +=
        (m > 0 ? ", " : "") + gnuplot_wrapped(label, width, kLabelLines) + " " + std::to_string(m);
    tics.lines = std::max(tics.lines, wrapped(label, width, kLabelLines).size());
  }
  return tics;
}

// The position of the values of model m so that the curve does not cross them. Above the interval;
// moved to the other side where the curve rises steeply on one side; below where it does on both.
// At the lower end of the axis: between the rising sides, or below the steeper one.
std::string value_position(const ExperimentResult& result, size_t m, double axis_end,
                           double model_width) {
  constexpr double kHalfWidth = 30, kPointRadius = 7, kMostRaised = 25;
  const double pixel = axis_end / kPanelHeight;  // in percent
  const DirectionMetrics& own = result.models[m].metrics.text_to_image;
  const double value = 100 * own.accuracy;
  const MetricInterval interval = interval_of(own, Metric::accuracy);
  // The height of the curve above the value at the end of the text.
  const auto rise = [&](size_t neighbor) {
    if (neighbor >= result.models.size()) return 0.0;  // also before the first
    const double other = 100 * result.models[neighbor].metrics.text_to_image.accuracy;
    return (other - value) / pixel * kHalfWidth / model_width;
  };
  const double left = rise(m - 1), right = rise(m + 1), steeper = std::max(left, right);
  const double clear = (100 * interval.high - value) / pixel + kPointRadius;
  const auto at = [&](double y, const char* placement) {
    return std::to_string(m) + ", second " + decimal(y, 4) + " " + placement;
  };
  const double above = 100 * interval.high, below = 100 * interval.low;
  if (steeper <= clear) return at(above, "center offset 0,1.5");
  if (left <= clear) return at(above, "right offset 0,1.5");
  if (right <= clear) return at(above, "left offset 0,1.5");
  if (below / pixel > 2 * kLineHeight + kPointRadius) return at(below, "center offset 0,-0.8");
  if (steeper <= kMostRaised) return at(value + steeper * pixel, "center offset 0,1.5");
  return at(value, left < right ? "left offset 1.5,0.5" : "right offset -1.5,0.5");
}

// Score and accuracy of each model.
std::string value_labels(const ExperimentResult& result, double axis_end, double model_width) {
  std::string labels;
  for (size_t m = 0; m < result.models.size(); ++m) {
    const DirectionMetrics& d = result.models[m].metrics.text_to_image;
    labels += "set label \"" + std::to_string(d.score) + "\\n" +
              decimal(100 * d.accuracy, decimals_for(axis_end)) + " %\" at first " +
              value_position(result, m, axis_end, model_width) + " font 'Sans,11' front\n";
  }
  return labels;
}

std::string panel_plot(const ExperimentResult& result) {
  const std::string color = " lc rgb " + figure_color(0);
  std::string plot = "plot $models using 1:2 axes x1y2 with lines lw 1.8" + color + " notitle, ";
  if (result.statistics.resamples > 0)
    plot += "\\\n  $models using 1:2:3:4 axes x1y2 with yerrorbars" + std::string(kIntervalStyle) +
            " notitle, ";
  return plot + "\\\n  $models using 1:2 axes x1y2 with points ps 1.3" + figure_point(0) + color +
         " notitle\n";
}

std::string chance_line(double at) {
  return "set arrow from graph 0, second " + decimal(at, 5) + " to graph 1, second " +
         decimal(at, 5) + " nohead back" + kChanceStyle + "\n";
}

}  // namespace

Figure scores_figure(const ExperimentResult& result) {
  const double chance = 100 * chance_of(result, View::text_to_image, Metric::accuracy);
  const double axis_end = axis_end_of(result, chance);
  const std::string k = std::to_string(result.top_k);
  const auto models = static_cast<int>(result.models.size());
  Panels panels;
  panels.left = panels.right = 90;
  panels.width = std::max(1000, panels.left + panels.right + kModelWidth * models);
  panels.top = 64 + kValueRoom;
  panels.panel_height = static_cast<int>(kPanelHeight);
  const int model_width = (panels.width - panels.left - panels.right) / models;
  const ModelTics tics =
      model_tics(result, static_cast<size_t>(std::min(30, model_width / kLetterWidth - 1)));
  panels.bottom = 20 + kLineHeight * static_cast<int>(tics.lines);
  const std::string drawing =
      std::string(kFigureAxes) + "set border 11\nunset key\n" +
      multiplot_title("Own image among the top " + k + " (" + dataset_text(result) + ")") +
      panels.margins(0) + "set xrange [-0.5:" + decimal(models - 0.5, 1) +
      "]\nset xtics scale 0 font 'Sans,11' (" + tics.list + ")\n" +
      score_axis(axis_end, result.models[0].metrics.text_to_image.queries) +
      axis_from_zero("y2", axis_end, 6) +
      "set ylabel 'score (captions)'\nset y2label 'accuracy (% of captions)'\n" +
      chance_line(chance) + value_labels(result, axis_end, model_width) + panel_plot(result) +
      "unset multiplot\n";
  return {"scores",
          "Score, the number of captions whose own image is among the top " + k +
              " (left axis), and accuracy, their share (right axis), of each model" +
              interval_note(result) + ". Dotted: chance level.",
          script_for_both("scores", panels.width, panels.height(), values_block(result), drawing)};
}

}  // namespace sightline
