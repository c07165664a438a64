// sightline train: trains a model from a recipe, or fine-tunes a model.
#include <sightline/error.h>
#include <sightline/report.h>
#include <sightline/train.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/duration.h"
#include "base/stage.h"
#include "cache_options.h"
#include "command.h"
#include "console.h"
#include "fine_tune.h"
#include "fine_tune_options.h"
#include "interruption.h"
#include "locate.h"
#include "model_options.h"
#include "output.h"
#include "progress_line.h"

namespace sightline::cli {
namespace {

struct Options {
  TrainOptions train;
  bool fresh = false;
  bool json = false;
  bool pull = false;
  CacheFlags cache;
  FineTuneFlags fine_tune;
};

// Returns the plot's path. A missing gnuplot is only a warning, because the training has succeeded.
std::string try_plot(const std::filesystem::path& out) {
  try {
    return plot_training(out / "train.jsonl", out).string();
  } catch (const Error& error) {
    warn(std::string("the training was not plotted: ") + error.what());
    return "";
  }
}

// Fine-tuning with the options that both kinds of training have.
int run_fine_tuning(const Options& options) {
  const TrainOptions& train = options.train;
  FineTuneOptions fine_tune = options.fine_tune.complete();
  fine_tune.model = options.fine_tune.from;
  fine_tune.dataset = train.dataset;
  fine_tune.train_split = train.train_split;
  for (const std::string& split : train.validation_splits)
    fine_tune.validation_split += (fine_tune.validation_split.empty() ? "" : ",") + split;
  fine_tune.out = train.out;
  fine_tune.cache = cache_root(options.cache);
  fine_tune.image_memory = train.image_memory;
  fine_tune.device = train.device;
  fine_tune.resume = !options.fresh;
  fine_tune.stop_after_epochs = train.stop_after_epochs;
  return fine_tune_and_print(fine_tune, options.fine_tune.other, options.pull, options.json);
}

int run(const Options& options) {
  if (options.fine_tune.given()) return run_fine_tuning(options);
  check_output_folder(options.train.out);
  set_kept_when_interrupted(
      "the checkpoint of the last finished epoch, if there is one, is kept in '" +
      options.train.out.string() + "'; run the same command again to continue");
  TrainOptions train_options = options.train;
  train_options.resume = !options.fresh;
  train_options.cache = cache_root(options.cache);
  if (!train_options.dataset.empty())
    train_options.dataset = locate_dataset(train_options.dataset.string(), options.pull);
  const auto start = std::chrono::steady_clock::now();
  const ProgressFn progress = console_progress(options.json);
  const TrainResult result = train(train_options, progress);
  std::string plot;
  {
    const Stage stage(progress, "plotting the training");
    plot = try_plot(train_options.out);
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  if (options.json) {
    const nlohmann::json summary = {{"out", train_options.out.string()},
                                    {"complete", result.complete},
                                    {"epochs", result.epochs},
                                    {"steps", result.steps},
                                    {"loss", result.loss},
                                    {"seconds", result.seconds},
                                    {"images", result.images},
                                    {"skipped", skipped_json(result.skipped)},
                                    {"excluded", result.excluded},
                                    {"plot", plot}};
    print_json(summary);
  } else {
    std::printf(
        "%s after %lld epochs (%lld steps, %lld rows) in %s%s: mean loss of the last epoch "
        "%.4f\n",
        result.complete ? "Trained" : "Stopped", static_cast<long long>(result.epochs),
        static_cast<long long>(result.steps), static_cast<long long>(result.images),
        duration_text(wall.count()).c_str(),
        result.seconds > wall.count()
            ? (", " + duration_text(result.seconds) + " with earlier runs").c_str()
            : "",
        result.loss);
    if (result.excluded > 0) {
      std::printf("%lld rows were left out because they show an excluded subject\n",
                  static_cast<long long>(result.excluded));
    }
    std::printf("%s: %s\n", result.complete ? "Model" : "Checkpoint", train_options.out.c_str());
    if (!plot.empty()) std::printf("Plot:  %s\n", plot.c_str());
  }
  report_skipped(result.skipped);
  return result.skipped.empty() ? kDone : kSkipped;
}

// Replaces a size such as 8GB, with units of 1024, by its number of bytes.
std::string parse_size(std::string& text) {
  const std::string given = text;
  try {
    const CLI::AsSizeValue units(false);
    int64_t bytes = -1;
    if (units(text).empty() && CLI::detail::lexical_cast(text, bytes) && bytes >= 0) return "";
  } catch (const CLI::Error&) {  // reported below
  }
  return "expected a size such as 500MB or 8GB, found '" + given + "'";
}

CLI::Option* add_split_options(CLI::App& command, TrainOptions& train) {
  auto* held_out =
      command
          .add_option(
              "--held-out", train.held_out,
              "Share of the images to evaluate on instead of training on them, such as 0.1; "
              "chosen by their content; 0: train on all; for data sets without splits")
          ->check(CLI::Range(0.0, 0.9));
  command
      .add_option("--train-split", train.train_split, "Split to train on, instead of the recipe's")
      ->type_name("NAME")
      ->excludes(held_out);
  command
      .add_option("--validation-split", train.validation_splits,
                  "Splits to evaluate on, comma-separated, instead of the recipe's")
      ->type_name("NAME")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->excludes(held_out);
  return held_out;
}

// A run has a recipe, or a model to fine-tune and a data set.
void require_task(const Options& options) {
  if (options.fine_tune.given()) {
    if (options.train.dataset.empty()) throw CLI::RequiresError("--from", "--dataset");
  } else if (options.train.recipe.empty()) {
    throw CLI::ValidationError("train requires RECIPE or --from MODEL; see 'sightline help train'");
  }
}

}  // namespace

void add_train(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("train",
                         "Train a small CLIP, BERT or ResNet model from a recipe, or fine-tune a "
                         "model");
  CLI::Option* recipe = command->add_option("RECIPE", options->train.recipe,
                                            "Recipe (JSON; docs/formats/recipe.md), or --from");
  command->add_option("--out", options->train.out, "Output folder for model, log and checkpoint")
      ->type_name("DIR")
      ->required();
  command
      ->add_option("--dataset", options->train.dataset,
                   "Data set (path, or name on the Hub), instead of the recipe's")
      ->type_name("DATASET");
  CLI::Option* held_out = add_split_options(*command, options->train);
  add_pull_flag(*command, options->pull);
  add_device_option(*command, options->train.device);
  add_cache_options(*command, options->cache);
  CLI::Option* image_memory =
      command
          ->add_option("--image-memory", options->train.image_memory,
                       "Preprocessed images to hold in memory, such as 8GB; the others are in a "
                       "temporary file in DIR; default: a quarter of the machine's memory")
          ->type_name("SIZE")
          ->transform(CLI::Validator(parse_size, ""));
  CLI::Option* stop_after =
      command
          ->add_option("--stop-after", options->train.stop_after_epochs,
                       "Stop after this many epochs in total; run again to continue")
          ->check(CLI::PositiveNumber);
  command->add_flag("--fresh", options->fresh, "Start from scratch, ignoring a checkpoint");
  command->add_flag("--json", options->json, "Print the summary as JSON");
  add_fine_tune_options(*command, options->fine_tune, {recipe, held_out});
  for (CLI::Option* option : {image_memory, stop_after})
    limit_to_training(options->fine_tune, option);
  command->group("Models and data");
  command->footer(
      "An interrupted run resumes after its last finished epoch when started again.\n"
      "Every epoch prints its loss, the figures of held-out rows, and the time left.\n"
      "Example: sightline train recipes/emoji-vit-8.json --dataset build/emoji --out "
      "build/emoji-vit-8\n"
      "With --from, the result is compared with the start on rows that training has not seen.\n"
      "Example: sightline train --from models/emoji-vit-8 --dataset build/drawings --out "
      "build/tuned");
  command->callback([options, &action] {
    require_task(*options);
    action = [options] { return run(*options); };
  });
}

}  // namespace sightline::cli
