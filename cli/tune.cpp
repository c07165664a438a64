// sightline tune: searches for the best configuration.
#include <sightline/error.h>
#include <sightline/fine_tune_runner.h>
#include <sightline/report.h>
#include <sightline/tune.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

#include "base/json.h"
#include "base/stage.h"
#include "command.h"
#include "console.h"
#include "interruption.h"
#include "locate.h"
#include "model_options.h"
#include "output.h"
#include "progress_line.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  fs::path plan;
  TuneOptions tune;
  RunnerOptions runner;
  int64_t repeat = -1;
  bool pull = false, no_plot = false, as_json = false;
};

std::string percent(double share) {
  return fixed(100 * share, 1);
}

std::string with_interval(const ValueWithInterval& of) {
  std::string text = percent(of.value) + " %";
  if (of.interval)
    text += " [" + percent(of.interval->low) + ", " + percent(of.interval->high) + "]";
  return text;
}

const TrialEvaluation* complete(const Trial& trial) {
  for (const TrialEvaluation& e : trial.evaluations)
    if (e.share == 1 && e.error.empty()) return &e;
  return nullptr;
}

// The values of the parameters that vary: "precision int8, x 0.3".
std::string varied(const TuningPlan& plan, const Trial& trial) {
  const Json configuration = Json::parse(trial.configuration);
  std::string text;
  for (const TuningParameter& p : plan.parameters) {
    if (!configuration.contains(p.name)) continue;
    const Json& value = configuration[p.name];
    text += (text.empty() ? "" : ", ") + p.name + " " +
            (value.is_string() ? value.get<std::string>() : json_text(value));
  }
  return one_line(text);
}

// The best trials on all selection data, and the default.
void print_trials(const TuningResult& result) {
  constexpr size_t kMostRows = 12;
  std::vector<const Trial*> trials;
  for (const Trial& trial : result.trials)
    if (complete(trial) != nullptr) trials.push_back(&trial);
  std::ranges::stable_sort(trials, std::greater<>(),
                           [](const Trial* t) { return complete(*t)->score; });
  const bool trains = plan_trains(result.plan);
  std::vector<std::string> header = {"trial", ">" + result.plan.objective.name() + " %", ">ms",
                                     ">MB"};
  if (trains) header.push_back(">training s");
  header.insert(header.end(), {"memory front", "~configuration"});
  std::vector<std::vector<std::string>> rows;
  for (const Trial* trial : trials) {
    if (rows.size() >= kMostRows && trial->number != 0) continue;
    const TrialEvaluation& e = *complete(*trial);
    const bool front = std::ranges::count(result.pareto, trial->number) > 0;
    const std::string name = std::to_string(trial->number) + (trial->number == 0 ? " default" : "");
    std::vector<std::string>& row = rows.emplace_back();
    row = {name, percent(e.quality), fixed(e.milliseconds, 2), fixed(e.megabytes, 1)};
    if (trains) row.push_back(fixed(e.training_seconds, 1));
    row.insert(row.end(), {front ? "*" : "", varied(result.plan, *trial)});
  }
  std::printf("%s", format_table(header, rows).c_str());
}

void print_result(const TuningResult& result) {
  std::printf("%s of trials on all selection data, which chose:\n",
              result.plan.objective.name().c_str());
  print_trials(result);
  std::printf("\nWinner on the selection data: %s %%, corrected for the choice %s %%\n",
              percent(result.selection_winner).c_str(),
              percent(result.selection_corrected.value_or(result.selection_winner)).c_str());
  std::printf("On the report data (%lld queries, %lld images), which had no part in the choice:\n",
              static_cast<long long>(result.report_queries),
              static_cast<long long>(result.report_clusters));
  std::printf("  default  %s\n", with_interval(result.report_default).c_str());
  if (result.winner == 0) {
    std::printf("The default is the best configuration that was found.\n");
    return;
  }
  std::printf("  winner   %s\n", with_interval(result.report_winner).c_str());
  std::printf("  gain     %s, p = %s\n", with_interval(result.report_gain).c_str(),
              fixed(result.report_p.value_or(1), 4).c_str());
  const std::string verdict = result.verdict();
  if (verdict == "better") {
    std::printf("The winner is better than the default: the interval excludes zero.\n");
  } else if (verdict == "worse") {
    std::printf("The winner is worse than the default on the report data: keep the default.\n");
  } else {
    std::printf("No difference between winner and default is shown: the interval has zero.\n");
  }
}

std::vector<std::string> try_plot(const TuningResult& result, const fs::path& out) {
  std::vector<std::string> files;
  try {
    for (const fs::path& file : plot_tuning(result, out)) files.push_back(file.string());
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    warn(std::string("the charts were not drawn: ") + error.what());
  }
  return files;
}

// Evaluates a trial of a finished run again, from its line in trials.jsonl.
int repeat_trial(const Options& options, const TuningPlan& plan, TrialRunner& runner) {
  const RepeatedTrial repeated =
      repeat_last_evaluation(plan, runner, options.tune.out, options.repeat);
  if (options.as_json) {
    print_json(Json{{"trial", options.repeat},
                    {"share", repeated.share},
                    {"recorded", repeated.recorded},
                    {"repeated", repeated.repeated},
                    {"equal", repeated.recorded == repeated.repeated}});
  } else {
    std::printf("trial %lld on %s %% of the selection data: recorded %.17g, repeated %.17g\n",
                static_cast<long long>(options.repeat), percent(repeated.share).c_str(),
                repeated.recorded, repeated.repeated);
  }
  return repeated.recorded == repeated.repeated ? kDone : kFailed;
}

int run(Options& options) {
  check_output_folder(options.tune.out);
  TuningPlan plan = read_tuning_plan(options.plan);
  for (DatasetInput& dataset : plan.data.datasets) {
    dataset.path = locate_dataset(dataset.path.string(), options.pull);
    refuse_inside(options.tune.out, dataset.path);
  }
  std::map<std::string, std::string> located;
  options.runner.locate_model = [&](const std::string& model) {
    const auto [at, fresh] = located.try_emplace(model);
    if (fresh) at->second = locate_model(model, options.pull);
    return at->second;
  };
  const ProgressFn progress = console_progress(options.as_json);
  options.tune.progress = options.runner.encode.progress = progress;
  options.runner.folder = options.tune.out / "vectors";
  set_kept_when_interrupted("the finished trials are kept in '" + options.tune.out.string() +
                            "'; run the same command again to continue");
  const auto runner = plan_trains(plan) ? fine_tune_runner(plan, options.runner)
                                        : retrieval_runner(plan, options.runner);
  if (options.repeat >= 0) return repeat_trial(options, plan, *runner);
  const TuningResult result = tune(plan, *runner, options.tune);
  std::vector<std::string> charts;
  if (!options.no_plot) {
    const Stage stage(progress, "drawing the charts");
    charts = try_plot(result, options.tune.out);
  }
  end_progress_line();
  for (const std::string& warning : result.warnings) warn(warning);
  if (options.as_json) {
    std::printf("%s\n", tuning_json(result).c_str());
    return kDone;
  }
  print_result(result);
  print_path("best configuration", options.tune.out / "best.json");
  if (fs::exists(options.tune.out / "model")) print_path("model", options.tune.out / "model");
  print_path("results", options.tune.out / "results.json");
  for (const std::string& chart : charts) print_path("chart", chart);
  return kDone;
}

}  // namespace

void add_tune(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "tune",
      "Search for the configuration of templates, precision, query expansion, fine-tuning … that "
      "retrieves best");
  command->add_option("PLAN", options->plan, "Plan (JSON; docs/formats/tuning_plan.md)")
      ->required();
  command
      ->add_option("--out", options->tune.out,
                   "Folder of trials, results, charts and best.json; a run that was interrupted "
                   "continues there")
      ->type_name("DIR")
      ->required();
  command->add_flag("--fresh", options->tune.fresh,
                    "Start again, removing the trials of an earlier run in --out");
  command
      ->add_option("--timings", options->tune.timings,
                   "timings.jsonl of another run of the plan, whose times are used instead of "
                   "measuring")
      ->type_name("FILE");
  command
      ->add_option("--repeat", options->repeat,
                   "Only evaluate this trial of a finished run again, and compare")
      ->type_name("TRIAL")
      ->check(CLI::NonNegativeNumber);
  add_backend_options(*command, options->runner.model.backend, options->runner.model.device);
  add_batch_size_option(*command, options->runner.encode.batch_size);
  add_pull_flag(*command, options->pull);
  command->add_flag("--no-plot", options->no_plot, "Draw no charts; does not need gnuplot");
  command->add_flag("--json", options->as_json, "Print results.json");
  command->group("Evaluation");
  command->footer(
      "Example:\n"
      "  sightline tune examples/plans/emoji.json --out build/tuning\n"
      "  sightline search --config build/tuning/best.json --dataset build/emoji 'a red heart'");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace sightline::cli
