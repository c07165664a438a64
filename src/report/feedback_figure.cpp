// Plots what simulated users' judgements gain.
#include <sightline/feedback_simulation.h>
#include <sightline/report.h>

#include "base/temporary_path.h"
#include "report/figure_parts.h"
#include "report/fonts.h"
#include "report/gnuplot.h"
#include "report/report_folder.h"
#include "report/text.h"

namespace sightline {
namespace {

constexpr int kWidth = 1100, kHeight = 520;

// Columns: judgements, gain in points of a percentage, and the bounds of its interval.
std::string gain_line(double judgements, const SimulatedGain& gain) {
  const double difference = gain.after - gain.before;
  const Interval interval = gain.interval.value_or(Interval{difference, difference});
  std::string line = decimal(judgements, 2);
  for (const double value : {difference, interval.low, interval.high})
    line += " " + decimal(100 * value, 4);
  return line + "\n";
}

std::string data_of(std::span<const FeedbackSimulation> simulations) {
  std::string data;
  for (size_t i = 0; i < simulations.size(); ++i) {
    data += "$learned" + std::to_string(i) + " << EOD\n";
    for (const CorrectionPoint& point : simulations[i].corrections)
      data += gain_line(point.judgements, point.ndcg_at_10);
    data += "EOD\n$rocchio" + std::to_string(i) + " << EOD\n";
    for (const RocchioPoint& point : simulations[i].rocchio)
      data += gain_line(static_cast<double>(point.judgements), point.ndcg_at_10);
    data += "EOD\n";
  }
  return data;
}

// Ticks at the points of a curve: on a short logarithmic axis, gnuplot's own are one or none.
template <typename Point>
std::string ticks_at(const std::vector<Point>& points) {
  std::string list;
  for (const Point& point : points) {
    const std::string at = decimal(static_cast<double>(point.judgements), 0);
    list += (list.empty() ? "" : ", ") + ("'" + at + "' " + at);
  }
  if (list.empty()) return "";
  return "unset mxtics\nset xtics (" + list + ")\n";
}

// `block`: "$learned" or "$rocchio".
std::string panel(const std::string& block, std::span<const FeedbackSimulation> simulations,
                  bool with_keys) {
  std::string plots;
  for (size_t i = 0; i < simulations.size(); ++i) {
    const std::string data = block + std::to_string(i), color = " lc rgb " + figure_color(i);
    const std::string name = gnuplot_text(
        shorten(drawable_text(simulations[i].dataset + ", " + simulations[i].model), 40));
    plots += (i > 0 ? ", \\\n  " : "") + data +
             " using 1:3:4 with filledcurves fs transparent solid 0.15 noborder" + color +
             " notitle, \\\n  " + data + " using 1:2 with linespoints lw 1.8 ps 0.9" +
             figure_point(i) + figure_dashes(i) + color +
             (with_keys ? " title " + name : " notitle");
  }
  return "plot " + plots + "\n";
}

std::string script_of(std::span<const FeedbackSimulation> simulations) {
  const std::string common =
      std::string(kFigureAxes) +
      "set logscale x\nset xzeroaxis lc rgb '#777777' lw 1.3 dt 3\nset autoscale xfix\n"
      "set offsets graph 0.04, graph 0.04, graph 0.05, graph 0.05\n"
      "set key at screen 0.5, screen 0.02 center bottom horizontal maxrows 2 Left reverse\n";
  const std::string drawing =
      "set multiplot layout 1,2 margins 0.08,0.97,0.29,0.86 spacing 0.09\n" + common +
      "set title \"Queries that were not judged,\\nafter learning a correction\"\n"
      "set xlabel 'judgements'\n" +
      ticks_at(simulations[0].corrections) +
      "set ylabel 'gain in nDCG@10 (points), with 95 % intervals'\n" +
      panel("$learned", simulations, true) +
      "set title \"Rocchio on a judged query,\\nranking of the other images\"\n"
      "set xlabel 'judgements of the query'\nset ylabel ''\n" +
      ticks_at(simulations[0].rocchio) + panel("$rocchio", simulations, false) +
      "unset multiplot\n";
  return script_for_both("feedback", kWidth, kHeight, data_of(simulations), drawing);
}

}  // namespace

std::filesystem::path plot_feedback(std::span<const FeedbackSimulation> simulations,
                                    const std::filesystem::path& directory) {
  const std::filesystem::path target = directory / "feedback";
  remove_leftovers(target);
  const TemporaryPath drawn(target, TemporaryPath::Kind::folder);
  run_gnuplot(drawn.path(), "feedback", script_of(simulations));
  for (const char* name : {"feedback.gp", "feedback.svg", "feedback.png"})
    move_file(drawn.path() / name, directory / name);
  return directory / "feedback.png";
}

}  // namespace sightline
