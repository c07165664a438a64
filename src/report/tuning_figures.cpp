// Charts of a tuning run: quality against cost, parallel coordinates, importance.
#include <sightline/report.h>
#include <sightline/tune.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/temporary_path.h"
#include "report/figure_parts.h"
#include "report/fonts.h"
#include "report/gnuplot.h"
#include "report/report_folder.h"
#include "report/text.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kWidth = 1100;
constexpr size_t kLabelWidth = 22;  // characters of a value in a chart

struct Point {
  double cost = 0, quality = 0;
  int64_t trial = 0;
};

const TrialEvaluation* complete(const Trial& trial) {
  for (const TrialEvaluation& e : trial.evaluations)
    if (e.share == 1 && e.error.empty()) return &e;
  return nullptr;
}

std::vector<Point> points_of(const TuningResult& result, double TrialEvaluation::*cost) {
  std::vector<Point> points;
  for (const Trial& trial : result.trials)
    if (const TrialEvaluation* e = complete(trial))
      points.push_back({e->*cost, 100 * e->quality, trial.number});
  return points;
}

std::string point_line(const Point& p) {
  return decimal(p.cost, 5) + " " + decimal(p.quality, 4) + "\n";
}

// All points, the front from the cheapest on, the default and the winner, as blocks NAME_all,
// NAME_front, NAME_default, NAME_winner.
std::string cost_blocks(const std::string& name, std::vector<Point> points, int64_t winner) {
  std::ranges::sort(points, [](const Point& a, const Point& b) {
    return std::pair(a.cost, -a.quality) < std::pair(b.cost, -b.quality);
  });
  std::string all, front, defaults, best;
  double highest = -1;
  for (const Point& p : points) {
    all += point_line(p);
    if (p.trial == 0) defaults += point_line(p);
    if (p.trial == winner) best += point_line(p);
    if (p.quality <= highest) continue;
    highest = p.quality;
    front += point_line(p);
  }
  const auto block = [&](const char* part, const std::string& lines) {
    return "$" + name + part + " << EOD\n" + lines + "EOD\n";
  };
  return block("_all", all) + block("_front", front) + block("_default", defaults) +
         block("_winner", best);
}

std::string cost_panel(const std::string& name, const std::string& label, bool with_keys) {
  const auto plot = [&](const char* part, const std::string& style, const char* title) {
    return "$" + name + part + " using 1:2 " + style +
           (with_keys ? std::string(" title '") + title + "'" : " notitle");
  };
  return "set xlabel '" + label + "'\nplot " +
         plot("_all", "with points pt 7 ps 0.9 lc rgb '#999999'", "trials") + ", \\\n  " +
         plot("_front", "with steps lw 1.8 lc rgb " + figure_color(0), "Pareto front") +
         ", \\\n  " + plot("_front", "with points pt 7 ps 1.1 lc rgb " + figure_color(0), "") +
         ", \\\n  " +
         plot("_default", "with points pt 4 ps 2 lw 2.4 lc rgb " + figure_color(7), "default") +
         ", \\\n  " +
         plot("_winner", "with points pt 12 ps 2.6 lw 2.4 lc rgb " + figure_color(1), "winner") +
         "\n";
}

std::string pareto_script(const TuningResult& result) {
  const std::string data =
      cost_blocks("time", points_of(result, &TrialEvaluation::milliseconds), result.winner) +
      cost_blocks("memory", points_of(result, &TrialEvaluation::megabytes), result.winner);
  const std::string quality =
      gnuplot_text(result.plan.objective.name() + " on the selection data (%)");
  std::string second = cost_panel("memory", "memory of model and vectors (MB)", true);
  // The front's points share its entry of the key.
  if (const size_t at = second.find(" title ''"); at != second.npos)
    second.replace(at, 9, " notitle");
  const std::string drawing =
      "set multiplot layout 1,2 margins 0.08,0.97,0.29,0.86 spacing 0.09 title " +
      gnuplot_text("Quality against cost") + " font 'Sans,15'\n" + std::string(kFigureAxes) +
      "set offsets 0, graph 0.06, graph 0.08, graph 0.08\nset xrange [0:*]\nset xtics autofreq\n"
      "set yrange [0<*:*]\n"  // the offset goes to no share below 0
      "set key at screen 0.5, screen 0.02 center bottom vertical maxrows 1 Left reverse\n"
      "set ylabel " +
      quality + "\n" + cost_panel("time", "time of one query (ms)", false) + "set ylabel ''\n" +
      second + "unset multiplot\n";
  return script_for_both("tuning_pareto", kWidth, 520, data, drawing);
}

// A value for the axis of a parameter: "fp32", "3 texts: a {}, …".
std::string value_label(const json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (value.is_array()) {
    text = std::to_string(value.size()) + (value.size() == 1 ? ": " : " texts: ");
    for (size_t i = 0; i < value.size(); ++i)
      text += (i > 0 ? ", " : "") +
              (value[i].is_string() ? value[i].get<std::string>() : value[i].dump());
    if (value.empty()) text = "none";
  }
  return shorten(drawable_text(text.empty() ? "(empty)" : text), kLabelWidth);
}

std::string label_at(size_t axis, double y, const std::string& text) {
  return "set label " + gnuplot_text(text) + " at " + decimal(static_cast<double>(axis) + 0.03, 3) +
         "," + decimal(y, 4) + " left font 'Sans,9' textcolor rgb '#222222' boxed front\n";
}

std::string axis_labels(const TuningParameter& p, size_t axis) {
  std::string labels;
  if (p.type == ParameterType::choice) {
    for (size_t i = 0; i < p.choices.size(); ++i) {
      const double y = (static_cast<double>(i) + 0.5) / static_cast<double>(p.choices.size());
      labels += label_at(axis, y + 0.025, value_label(json::parse(p.choices[i])));
    }
    return labels;
  }
  const auto text = [](double value) { return json(value).dump(); };
  const bool whole = p.type == ParameterType::integer;
  const auto number = [&](double value) {
    return whole ? std::to_string(static_cast<int64_t>(value)) : text(value);
  };
  return label_at(axis, 1.03, number(p.most) + (p.logarithmic ? " (log)" : "")) +
         label_at(axis, -0.03, number(p.least));
}

struct Line {
  std::vector<double> y;  // per axis
  double quality = 0;
};

// The trials with the share on which most were evaluated, the best last, so that it is drawn on
// top.
std::vector<Line> coordinate_lines(const TuningResult& result, double& low, double& high) {
  std::vector<Line> lines;
  for (const Trial& trial : result.trials) {
    for (const TrialEvaluation& e : trial.evaluations) {
      if (e.share != result.importance_share || !e.error.empty()) continue;
      lines.push_back({trial.coordinates, 100 * e.quality});
    }
  }
  std::ranges::stable_sort(lines, {}, &Line::quality);
  low = lines.empty() ? 0 : lines.front().quality;
  high = lines.empty() ? 1 : lines.back().quality;
  if (high <= low) high = low + 1;
  // Lines that share a choice are spread a little, in the order of their quality.
  for (size_t d = 0; d < result.plan.parameters.size(); ++d) {
    const auto choices = static_cast<double>(result.plan.parameters[d].choices.size());
    if (choices == 0) continue;
    for (size_t i = 0; i < lines.size(); ++i) {
      const double at = static_cast<double>(i) / static_cast<double>(lines.size()) - 0.5;
      lines[i].y[d] += 0.3 * at / choices;
    }
  }
  for (Line& line : lines) line.y.push_back((line.quality - low) / (high - low));
  return lines;
}

std::string coordinates_script(const TuningResult& result) {
  double low = 0, high = 1;
  const std::vector<Line> lines = coordinate_lines(result, low, high);
  const auto& parameters = result.plan.parameters;
  std::string data = "$lines << EOD\n";
  for (const Line& line : lines) {
    for (size_t d = 0; d < line.y.size(); ++d)
      data +=
          std::to_string(d) + " " + decimal(line.y[d], 5) + " " + decimal(line.quality, 4) + "\n";
    data += "\n";
  }
  data += "EOD\n";
  std::string tics, labels, axes;
  for (size_t d = 0; d <= parameters.size(); ++d) {
    const bool last = d == parameters.size();
    const std::string name = last ? result.plan.objective.name() + " (%)" : parameters[d].name;
    tics +=
        (d > 0 ? ", " : "") + gnuplot_wrapped(drawable_text(name), 16, 2) + " " + std::to_string(d);
    axes += "set arrow from " + std::to_string(d) + ",0 to " + std::to_string(d) +
            ",1 nohead lw 1.4 lc rgb '#444444' front\n";
    if (!last) labels += axis_labels(parameters[d], d);
  }
  const size_t last = parameters.size();
  labels += label_at(last, 1.03, decimal(high, 1)) + label_at(last, -0.03, decimal(low, 1));
  const std::string title = "Configurations of " + std::to_string(lines.size()) + " trials, by " +
                            result.plan.objective.name() + " with " +
                            (result.importance_share < 1
                                 ? percent_text(std::round(1000 * result.importance_share) / 1000) +
                                       " of the selection data"
                                 : "the selection data");
  const std::string drawing =
      "set title " + gnuplot_text(title) +
      " font 'Sans,15'\nunset key\nunset ytics\n"
      "set border 0\nset xtics nomirror scale 0 (" +
      tics +
      ") textcolor rgb '#222222'\n"
      "set xrange [-0.15:" +
      decimal(static_cast<double>(last) + 0.35, 2) +
      "]\nset yrange [-0.08:1.08]\nset lmargin 3\nset bmargin 4\n"
      "set style textbox opaque noborder fillcolor rgb '#ffffff' margins 0.4,0.4\n"
      "set palette defined (0 '#440154', 0.25 '#3b528b', 0.5 '#21918c', 0.75 '#5ec962', 1 "
      "'#fde725')\n"
      "set cbrange [" +
      decimal(low, 4) + ":" + decimal(high, 4) + "]\nset cblabel " +
      gnuplot_text(result.plan.objective.name() + " (%)") + "\n" + axes + labels +
      "plot $lines using 1:2:3 with lines lw 1.6 lc palette\n";
  const int width = std::max(kWidth, 170 * static_cast<int>(last + 1) + 140);
  return script_for_both("tuning_coordinates", width, 560, data, drawing);
}

std::string importance_script(const TuningResult& result) {
  std::string data = "$shares << EOD\n", tics;
  const size_t count = result.importance.size();
  for (size_t i = 0; i < count; ++i) {
    const ParameterImportance& p = result.importance[i];
    const size_t y = count - 1 - i;
    const double low = std::max(0.0, p.share - p.deviation);
    const double high = std::min(1.0, p.share + p.deviation);
    data += std::to_string(y) + " " + decimal(100 * p.share, 3) + " " + decimal(100 * low, 3) +
            " " + decimal(100 * high, 3) + "\n";
    tics += (i > 0 ? ", " : "") + gnuplot_text(shorten(drawable_text(p.parameter), 28)) + " " +
            std::to_string(y);
  }
  data += "EOD\n";
  const std::string drawing =
      std::string(kFigureAxes) + "unset grid\nset grid xtics lc rgb '#dddddd' lt 1 lw 1\n" +
      "set title " + gnuplot_text("Importance of parameters for " + result.plan.objective.name()) +
      " font 'Sans,15'\nunset key\nset yrange [-0.6:" +
      decimal(static_cast<double>(count) - 0.4, 2) + "]\nset ytics (" + tics +
      ")\nset xrange [0:*]\nset xlabel 'share of the variance over the plan''s space, main effect "
      "(%); lines: standard deviation over the trees'\nset lmargin 30\n"
      "plot $shares using ($2/2):1:($2/2):(0.32) with boxxyerror" +
      bar_style(0) + ", \\\n  $shares using 2:1:3:4 with xerrorbars" + kIntervalStyle + "\n";
  return script_for_both("tuning_importance", kWidth, 170 + 44 * static_cast<int>(count), data,
                         drawing);
}

}  // namespace

std::vector<fs::path> plot_tuning(const TuningResult& result, const fs::path& directory) {
  std::vector<std::pair<std::string, std::string>> scripts = {
      {"tuning_pareto", pareto_script(result)}, {"tuning_coordinates", coordinates_script(result)}};
  if (!result.importance.empty())
    scripts.emplace_back("tuning_importance", importance_script(result));
  std::vector<fs::path> files;
  for (const auto& [name, script] : scripts) {
    const fs::path target = directory / name;
    remove_leftovers(target);
    const TemporaryPath drawn(target, TemporaryPath::Kind::folder);
    run_gnuplot(drawn.path(), name, script);
    for (const char* extension : {".gp", ".svg", ".png"})
      move_file(drawn.path() / (name + extension), directory / (name + extension));
    files.push_back(directory / (name + ".png"));
  }
  return files;
}

}  // namespace sightline
