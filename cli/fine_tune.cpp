#include "fine_tune.h"

#include <sightline/error.h>
#include <sightline/report.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <vector>

#include "base/duration.h"
#include "base/file.h"
#include "base/stage.h"
#include "base/text.h"
#include "command.h"
#include "console.h"
#include "interruption.h"
#include "locate.h"
#include "output.h"
#include "progress_line.h"
#include "train/fine_tune/verdict.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;

// Returns the paths of the charts. A missing gnuplot is only a warning, because the training has
// succeeded.
std::vector<std::string> try_plots(const FineTuneOptions& options, const ProgressFn& progress) {
  const Stage stage(progress, "drawing charts");
  try {
    std::vector<std::string> plots;
    for (const fs::path& plot : plot_fine_tuning(options.out)) plots.push_back(plot.string());
    return plots;
  } catch (const Error& error) {
    warn(std::string("no chart was drawn: ") + error.what());
    return {};
  }
}

void print_figures(const std::string& title, const std::vector<PairedFigure>& figures) {
  if (figures.empty()) return;
  std::vector<std::vector<std::string>> rows;
  for (const PairedFigure& f : figures) {
    rows.push_back({f.name, figure_text(f, f.before), figure_text(f, f.after), difference_text(f),
                    interval_text(f), fixed(f.p, 4)});
  }
  std::printf(
      "%s\n%s\n", title.c_str(),
      format_table({"figure", ">start", ">result", ">difference", "95 % interval", ">p"}, rows)
          .c_str());
}

void print_text(const FineTuneOptions& options, const FineTuneResult& result, double wall_seconds,
                const std::vector<std::string>& plots) {
  if (!result.complete) {
    std::printf("Fine-tuning %s\nCheckpoint: %s\n", result.reason.c_str(), options.out.c_str());
    return;
  }
  std::printf("Fine-tuned by %s on %s in %s (%s)\n", fine_tune_method_name(options.settings.method),
              counted(result.train_pairs, "image").c_str(), duration_text(wall_seconds).c_str(),
              training_text(result).c_str());
  if (!result.shares.empty() && options.settings.method != FineTuneMethod::prompt)
    std::printf("Share of the new weights, chosen on validation: %s %%\n",
                fixed(100 * result.share, 0).c_str());
  print_figures("Test, " + counted(result.test_pairs, "image"), result.test);
  print_figures("Forgetting, " + options.other_dataset.filename().string(), result.forgetting);
  std::printf("%s\n", result.reason.c_str());
  print_path("Model", result.model);
  for (const std::string& plot : plots) print_path("Chart", plot);
}

void print_result_json(const FineTuneOptions& options, const FineTuneResult& result,
                       double wall_seconds, const std::vector<std::string>& plots) {
  Json json = {{"out", options.out.string()},
               {"model", result.complete ? Json(result.model.string()) : Json()},
               {"complete", result.complete},
               {"reason", result.reason},
               {"training_seconds", result.seconds},
               {"seconds", wall_seconds},
               {"charts", plots},
               {"skipped", skipped_json(result.skipped)},
               {"result", nullptr}};
  if (result.complete) json["result"] = Json::parse(read_text_file(options.out / "fine_tune.json"));
  print_json(json);
}

}  // namespace

int fine_tune_and_print(FineTuneOptions options, const std::string& other_dataset, bool pull,
                        bool json) {
  check_output_folder(options.out);
  set_kept_when_interrupted(
      options.settings.method == FineTuneMethod::adapter
          ? "no result was written to '" + options.out.string() + "'; run the same command again"
          : "the checkpoint of the last finished epoch, if there is one, is kept in '" +
                options.out.string() + "'; run the same command again to continue");
  options.model = locate_model(options.model.string(), pull);
  options.dataset = locate_dataset(options.dataset.string(), pull);
  if (!other_dataset.empty()) options.other_dataset = locate_dataset(other_dataset, pull);
  const auto start = std::chrono::steady_clock::now();
  const ProgressFn progress = console_progress(json);
  const FineTuneResult result = fine_tune(options, progress);
  std::vector<std::string> plots;
  if (result.complete) plots = try_plots(options, progress);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  if (json) {
    print_result_json(options, result, wall.count(), plots);
  } else {
    print_text(options, result, wall.count(), plots);
  }
  for (const std::string& warning : result.warnings) warn(warning);
  report_skipped(result.skipped);
  return result.skipped.empty() ? kDone : kSkipped;
}

}  // namespace sightline::cli
