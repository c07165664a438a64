// Plots loss and held-out metrics of a training run.
#include <sightline/error.h>
#include <sightline/report.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/file.h"
#include "base/temporary_path.h"
#include "report/figure_parts.h"
#include "report/figures.h"
#include "report/fonts.h"
#include "report/gnuplot.h"
#include "report/report_folder.h"
#include "report/text.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using Points = std::vector<std::pair<double, double>>;

// A metric in an evaluation line of the log: KEY: {split: {METRIC: share, ...}, ...}.
struct HeldOutMetric {
  const char* key;
  const char* metric;
  const char* short_name;  // in the legend
  const char* axis;
};
constexpr HeldOutMetric kMetrics[] = {
    {"recall", "R@1", "R@1", "R@1, text → image (% of captions)"},
    {"masked_words", "accuracy", "words", "masked words predicted correctly (%)"},
    {"classification", "top-1", "top-1", "top-1 accuracy (% of images)"},
};

struct Run {
  std::map<double, double> loss;  // by step; a resumed run repeats steps
  double steps_per_epoch = 0;
  const HeldOutMetric* metric = &kMetrics[0];
  std::map<std::string, std::map<double, double>> held_out;  // split -> epoch -> percent
};

void read_line(const std::string& text, Run& run) {
  const auto line = nlohmann::json::parse(text, nullptr, false);
  if (!line.is_object() || !line.contains("step") || !line["step"].is_number()) return;
  const double step = line["step"];
  const double epoch =
      line.contains("epoch") && line["epoch"].is_number() ? line["epoch"].get<double>() : 0;
  if (line.contains("loss") && line["loss"].is_number()) run.loss[step] = line["loss"];
  for (const HeldOutMetric& metric : kMetrics) {
    if (!line.contains(metric.key) || !line[metric.key].is_object()) continue;
    if (epoch > 0) run.steps_per_epoch = step / epoch;
    run.metric = &metric;
    for (const auto& [split, values] : line[metric.key].items()) {
      if (values.is_object() && values.contains(metric.metric) &&
          values[metric.metric].is_number()) {
        run.held_out[split][epoch] = 100 * values[metric.metric].get<double>();
      }
    }
  }
}

// Converts steps to epochs. Evaluations run at the end of an epoch and determine the steps per
// epoch. Before the first evaluation, the last logged step is taken as the end of the epoch.
Points loss_over_epochs(const Run& run) {
  const double per_epoch = run.steps_per_epoch > 0 ? run.steps_per_epoch : run.loss.rbegin()->first;
  Points points;
  for (const auto& [step, loss] : run.loss)
    points.emplace_back(step / std::max(1.0, per_epoch), loss);
  return points;
}

std::string block(const std::string& name, const Points& points) {
  std::string out = "$" + name + " << EOD\n";
  for (const auto& [x, y] : points) {
    if (std::isfinite(x) && std::isfinite(y)) out += decimal(x, 5) + " " + decimal(y, 5) + "\n";
  }
  return out + "EOD\n";
}

std::string training_script(const Run& run) {
  std::string data = block("loss", loss_over_epochs(run));
  std::string plot = "$loss using 1:2 axes x1y1 with lines lw 1.6 lc rgb " + figure_color(0) +
                     " title 'training loss (left axis)'";
  size_t index = 1;
  for (const auto& [split, points] : run.held_out) {
    const std::string name = "held_out" + std::to_string(index);
    data += block(name, Points(points.begin(), points.end()));
    plot += ", \\\n  $" + name +
            " using 1:2 axes x1y2 with linespoints pt 7 ps 0.8 lw 2.2 lc rgb " +
            figure_color(index++) + " title " +
            gnuplot_text(std::string(run.metric->short_name) + ", " +
                         shorten(drawable_text(split), 24) + " (right axis)");
  }
  // The key has two columns; its lines are below the axis' title.
  const size_t key_lines = std::max<size_t>(2, (run.held_out.size() + 2) / 2);
  std::string drawing =
      "set border 11 lc rgb '#444444'\nset grid ytics lc rgb '#dddddd' lt 1 lw 1\n"
      "set title 'Training: loss and held-out rows' font 'Sans,15' offset 0,0.4\n"
      "set xlabel 'epoch'\nset xtics out nomirror\nset xrange [0:*]\n"
      "set ylabel 'loss (mean cross-entropy)'\nset ytics out nomirror\nset yrange [0:*]\n"
      "set bmargin at screen " +
      std::to_string(0.2 + 0.04 * static_cast<double>(key_lines - 2)) +
      "\nset key at screen 0.5, screen 0.02 center bottom horizontal Left reverse samplen 3\n";
  if (!run.held_out.empty()) {
    double highest = 0;
    for (const auto& [split, points] : run.held_out) {
      for (const auto& [epoch, percent] : points) highest = std::max(highest, percent);
    }
    drawing += "set y2label " + gnuplot_text(run.metric->axis) + "\nset y2tics out\n" +
               axis_from_zero("y2", percent_axis_end(highest), 5);
  }
  return script_for_both("training", 1000, 560, data, drawing + "plot " + plot + "\n");
}

}  // namespace

std::filesystem::path plot_training(const std::filesystem::path& log,
                                    const std::filesystem::path& directory) {
  Run run;
  std::istringstream lines(read_text_file(log));
  for (std::string line; std::getline(lines, line);) read_line(line, run);
  if (run.loss.empty()) {
    throw Error(ErrorCode::invalid_data, "'", log.string(), "' has no line with a step and a loss");
  }
  const fs::path target = directory / "training";
  remove_leftovers(target);
  const TemporaryPath drawn(target, TemporaryPath::Kind::folder);
  run_gnuplot(drawn.path(), "training", training_script(run));
  for (const char* name : {"training.gp", "training.svg", "training.png"})
    move_file(drawn.path() / name, directory / name);
  return directory / "training.png";
}

}  // namespace sightline
