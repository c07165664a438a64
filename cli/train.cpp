// sightline train: trains a model from a recipe.
#include <sightline/error.h>
#include <sightline/report.h>
#include <sightline/train.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.h"
#include "console.h"
#include "interruption.h"
#include "locate.h"
#include "model_options.h"
#include "output.h"

namespace sightline::cli {
namespace {

struct Options {
  TrainOptions train;
  bool fresh = false;
  bool json = false;
  bool pull = false;
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

int run(const Options& options) {
  check_output_folder(options.train.out);
  set_kept_when_interrupted(
      "the checkpoint of the last finished epoch, if there is one, is kept in '" +
      options.train.out.string() + "'; run the same command again to continue");
  TrainOptions train_options = options.train;
  train_options.resume = !options.fresh;
  if (!train_options.dataset.empty())
    train_options.dataset = locate_dataset(train_options.dataset.string(), options.pull);
  const TrainResult result = train(train_options, console_progress(options.json));
  const std::string plot = try_plot(train_options.out);
  if (options.json) {
    const nlohmann::json summary = {{"out", train_options.out.string()},
                                    {"complete", result.complete},
                                    {"epochs", result.epochs},
                                    {"steps", result.steps},
                                    {"loss", result.loss},
                                    {"seconds", result.seconds},
                                    {"images", result.images},
                                    {"skipped", result.skipped},
                                    {"plot", plot}};
    print_json(summary);
  } else {
    std::printf(
        "%s after %lld epochs (%lld steps, %.0f s): mean loss of the last epoch %.4f, %lld rows\n",
        result.complete ? "Trained" : "Stopped", static_cast<long long>(result.epochs),
        static_cast<long long>(result.steps), result.seconds, result.loss,
        static_cast<long long>(result.images));
    std::printf("%s: %s\n", result.complete ? "Model" : "Checkpoint", train_options.out.c_str());
    if (!plot.empty()) std::printf("Plot:  %s\n", plot.c_str());
  }
  if (result.skipped > 0)
    warn(std::to_string(result.skipped) + " rows of the data set were skipped");
  return result.skipped > 0 ? kSkipped : kDone;
}

}  // namespace

void add_train(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("train", "Train a small CLIP, BERT or ResNet model from a recipe");
  command->add_option("recipe", options->train.recipe, "Recipe (JSON; docs/formats/recipe.md)")
      ->required();
  command->add_option("--out", options->train.out, "Output folder for model, log and checkpoint")
      ->required();
  command->add_option("--dataset", options->train.dataset,
                      "Data set (path, or name on the Hub), instead of the recipe's");
  add_pull_flag(*command, options->pull);
  add_device_option(*command, options->train.device);
  command
      ->add_option("--stop-after", options->train.stop_after_epochs,
                   "Stop after this many epochs in total; run again to continue")
      ->check(CLI::PositiveNumber);
  command->add_flag("--fresh", options->fresh, "Start from scratch, ignoring a checkpoint");
  command->add_flag("--json", options->json, "Print the summary as JSON");
  command->footer(
      "An interrupted run resumes after its last finished epoch when started again.\n"
      "Example: sightline train recipes/emoji-vit-8.json --dataset build/emoji --out "
      "build/emoji-vit-8");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace sightline::cli
