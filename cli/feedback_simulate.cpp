// sightline feedback simulate: what simulated users' judgements gain.
#include <sightline/error.h>
#include <sightline/feedback_simulation.h>
#include <sightline/report.h>

#include <cstdio>
#include <memory>

#include "base/file.h"
#include "base/stage.h"
#include "cache_options.h"
#include "console.h"
#include "feedback.h"
#include "locate.h"
#include "model_options.h"
#include "output.h"
#include "progress_line.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> datasets, models;
  fs::path out;
  SimulationOptions simulation;
  CacheFlags cache;
  bool pull = false, no_plot = false;
};

void print_simulation(const FeedbackSimulation& simulation) {
  std::printf("%s, %s: %lld images, %lld queries\n", one_line(simulation.dataset).c_str(),
              one_line(simulation.model).c_str(), static_cast<long long>(simulation.images),
              static_cast<long long>(simulation.queries));
  const auto change = [](const SimulatedGain& gain) {
    std::string text = fixed(gain.before, 3) + " -> " + fixed(gain.after, 3);
    if (gain.interval)
      text += " [" + fixed(gain.interval->low, 3) + ", " + fixed(gain.interval->high, 3) + "]";
    return text;
  };
  std::vector<std::vector<std::string>> rows;
  for (const CorrectionPoint& point : simulation.corrections) {
    rows.push_back({std::to_string(point.queries), fixed(point.judgements, 0),
                    std::to_string(point.accepted) + " of " + std::to_string(point.trials),
                    change(point.ndcg_at_10), change(point.recall_at_50), fixed(point.overlap, 2)});
  }
  std::printf(
      "%s", format_table(
                {">queries", ">judgements", ">accepted", "nDCG@10", "recall@50", ">overlap"}, rows)
                .c_str());
  rows.clear();
  for (const RocchioPoint& point : simulation.rocchio)
    rows.push_back({std::to_string(point.judgements), change(point.ndcg_at_10)});
  std::printf("%s",
              format_table({">judgements of one query", "nDCG@10 of the rest"}, rows).c_str());
  rows.clear();
  for (const JudgePoint& point : simulation.judges) {
    rows.push_back({std::string(simulated_judge_name(point.judge)),
                    std::to_string(point.accepted) + " of " + std::to_string(point.trials),
                    fixed(point.before, 3) + " -> " + fixed(point.after, 3),
                    fixed(point.overlap, 2)});
  }
  std::printf("%s\n", format_table({"judge", ">accepted", "separation", ">overlap"}, rows).c_str());
}

int run(Options& options) {
  check_output_folder(options.out);
  const ProgressFn progress = console_progress();
  options.simulation.progress = progress;
  std::vector<FeedbackSimulation> simulations;
  for (const std::string& name : options.datasets) {
    DatasetInput input;
    input.path = locate_dataset(name, options.pull);
    for (const std::string& spec : options.models) {
      ModelOptions settings;
      settings.precision = Precision::fp32;
      settings.digest_cache = cache_root(options.cache).value_or("");
      const Model model = Model::load(locate_model(spec, options.pull), settings);
      EncodeOptions encode;
      encode.cache = cache_root(options.cache);
      encode.progress = progress;
      const auto collection = open_dataset_collection(input, model, encode);
      simulations.push_back(simulate_feedback(*collection, model, input.path.filename().string(),
                                              options.simulation));
      end_progress_line();
      print_simulation(simulations.back());
    }
  }
  fs::create_directories(options.out);
  write_file_atomic(options.out / "feedback.json",
                    std::string_view(simulation_json(simulations, options.simulation) + "\n"));
  print_path("results", options.out / "feedback.json");
  if (!options.no_plot) print_path("plot", plot_feedback(simulations, options.out));
  return kDone;
}

}  // namespace

void add_feedback_simulate(CLI::App& group, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = group.add_subcommand(
      "simulate", "Measure what simulated users' judgements gain, and which are refused");
  command
      ->add_option("--dataset", options->datasets, "Data set with captions or keywords; repeatable")
      ->type_name("DATASET")
      ->required();
  command->add_option("--model", options->models, std::string(kModelHelp) + "; repeatable")
      ->type_name("MODEL")
      ->required();
  command->add_option("--out", options->out, "Folder of feedback.json and feedback.png")
      ->type_name("DIR")
      ->required();
  SimulationOptions& simulation = options->simulation;
  command->add_option("--noise", simulation.user.noise, "Share of wrong judgements")
      ->check(CLI::Range(0.0, 0.5))
      ->capture_default_str();
  command
      ->add_option("--position-bias", simulation.user.position_bias,
                   "The image at rank r is judged with probability (1 / r)^X")
      ->check(CLI::Range(0.0, 10.0))
      ->capture_default_str();
  command->add_option("--depth", simulation.user.depth, "Images of a query that may be judged")
      ->check(CLI::Range(2, 1000))
      ->capture_default_str();
  command->add_option("--judged", simulation.queries, "Numbers of judged queries, comma-separated")
      ->delimiter(',')
      ->check(CLI::Range(1, 100000));
  command->add_option("--repeats", simulation.repeats, "Random choices of judged queries")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      ->add_option("--judge-repeats", simulation.judge_repeats, "Repeats of each dishonest judge")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--seed", simulation.seed, "Seed of all random choices")
      ->capture_default_str();
  command->add_flag("--no-plot", options->no_plot, "Do not draw feedback.png");
  add_cache_options(*command, options->cache);
  add_pull_flag(*command, options->pull);
  command->footer(
      "Example:\n"
      "  sightline feedback simulate --dataset build/emoji --model models/emoji-vit-8 --out "
      "build/simulation");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace sightline::cli
