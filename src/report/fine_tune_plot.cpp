// Plots the choice between the weights before and after fine-tuning.
#include <sightline/error.h>
#include <sightline/report.h>

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "base/json.h"
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

struct Choice {
  std::string direction;                          // "text → image"
  std::vector<std::pair<double, double>> points;  // share in percent, mean reciprocal rank
  double chosen = 1;                              // share
};

Choice read_choice(const fs::path& file) {
  const nlohmann::json json = parse_json(read_text_file(file), file.string());
  Choice choice;
  try {
    const std::string metric = json.at("metric");
    choice.direction = metric.starts_with("image") ? "image → text" : "text → image";
    choice.chosen = json.at("share");
    for (const auto& point : json.at("interpolation"))
      choice.points.emplace_back(100 * point.at("share").get<double>(), point.at("validation_mrr"));
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorCode::invalid_data, "'", file.string(),
                "' is not the result of fine-tuning (docs/formats/fine_tune.md)");
  }
  return choice;
}

std::string interpolation_script(const Choice& choice) {
  std::string data = "$all << EOD\n", chosen = "$chosen << EOD\n";
  double lowest = choice.points.front().second, highest = lowest;
  for (const auto& [share, value] : choice.points) {
    const std::string line = decimal(share, 1) + " " + decimal(value, 5) + "\n";
    data += line;
    if (std::abs(share - 100 * choice.chosen) < 1e-6) chosen += line;
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
  const double margin = std::max(0.1 * (highest - lowest), 0.005);
  const std::string drawing =
      std::string(kFigureAxes) +
      "set title 'Fine-tuning: share of the new weights' font 'Sans,15' offset 0,0.4\n"
      "set xlabel 'share of the new weights (%)'\nset xrange [-3:103]\nset xtics 0,10,100\n"
      "set ylabel " +
      gnuplot_text("MRR on validation, " + choice.direction) + "\nset yrange [" +
      decimal(std::max(0.0, lowest - margin), 5) + ":" + decimal(highest + margin, 5) +
      "]\nset bmargin at screen 0.26\n"
      "set key at screen 0.5, screen 0.02 center bottom horizontal Left reverse samplen 3\n";
  return script_for_both("interpolation", 800, 480, data + "EOD\n" + chosen + "EOD\n",
                         drawing +
                             "plot $all using 1:2 with linespoints pt 7 ps 0.8 lw 2.2 lc rgb " +
                             figure_color(0) +
                             " title 'between the start (0) and the result (100)', \\\n"
                             "  $chosen using 1:2 with points pt 6 ps 2.2 lw 2.4 lc rgb " +
                             figure_color(1) + " title 'chosen'\n");
}

fs::path plot_interpolation(const Choice& choice, const fs::path& directory) {
  const fs::path target = directory / "interpolation";
  remove_leftovers(target);
  const TemporaryPath drawn(target, TemporaryPath::Kind::folder);
  run_gnuplot(drawn.path(), "interpolation", interpolation_script(choice));
  for (const char* name : {"interpolation.gp", "interpolation.svg", "interpolation.png"})
    move_file(drawn.path() / name, directory / name);
  return directory / "interpolation.png";
}

}  // namespace

std::vector<fs::path> plot_fine_tuning(const fs::path& directory) {
  std::vector<fs::path> plots;
  const fs::path log = directory / "training" / "train.jsonl";
  std::error_code ignored;
  if (fs::exists(log, ignored)) plots.push_back(plot_training(log, directory));
  const Choice choice = read_choice(directory / "fine_tune.json");
  // A prompt has no share between 0 and 1.
  if (choice.points.size() > 2) plots.push_back(plot_interpolation(choice, directory));
  return plots;
}

}  // namespace sightline
