#include <sightline/error.h>
#include <sightline/train.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <variant>

#include "base/adapter_spec.h"
#include "base/plugin.h"
#include "base/suggest.h"
#include "base/text.h"
#include "models/pair_spec.h"
#include "train/image_start.h"
#include "train/recipe.h"

namespace sightline {

namespace {

namespace fs = std::filesystem;

// Whether the log is empty or begins with a line of a training run.
bool is_log(const fs::path& file) {
  std::string line;
  std::ifstream stream(file);
  std::getline(stream, line);
  return line.empty() || (line.starts_with("{") && line.find("\"step\"") != std::string::npos);
}

// The files that a run of any kind of model writes in addition to its log. All are listed, because
// a run that starts anew removes the model of another kind.
constexpr const char* kWrittenFiles[] = {"recipe.json",
                                         "training.png",
                                         "model.safetensors",
                                         "open_clip_model.safetensors",
                                         "config.json",
                                         "open_clip_config.json",
                                         "tokenizer.json",
                                         "vocab.json",
                                         "vocab.txt",
                                         "pair.json",
                                         "image/model.safetensors",
                                         "image/config.json",
                                         "text/model.safetensors",
                                         "text/config.json",
                                         "train.jsonl"};

// A model that a run reads must not be in the folder that it writes. `role`: "text" or "image".
void check_outside(const char* role, const fs::path& model, const fs::path& out) {
  std::error_code error;
  const fs::path inner = fs::weakly_canonical(model, error),
                 outer = fs::weakly_canonical(out, error);
  if (error ||
      std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first != outer.end())
    return;
  throw Error(ErrorCode::invalid_argument, "the recipe's ", role, " model ", quoted(model),
              " is in the output folder ", quoted(out), ": choose another folder");
}

// The models that are fine-tuned, or that a pair's towers are read from or start from.
void check_models(const RecipeModel& model, const fs::path& out) {
  if (const auto* published = std::get_if<PublishedModel>(&model)) {
    const auto spec = find_pair(published->from);
    if (!spec) return check_outside("published", without_adapters(published->from), out);
    check_outside("text", without_adapters(spec->text.string()), out);
    check_outside("image", without_adapters(spec->image.string()), out);
    return;
  }
  const auto* pair = std::get_if<PairModel>(&model);
  if (pair == nullptr) return;
  check_outside("text", pair->text, out);
  const fs::path image = pair->image.from;
  if (image.empty()) return;
  check_outside("image", image, out);
  std::error_code error;
  if (!fs::exists(image, error)) {
    throw Error(ErrorCode::not_found, "there is no image model ", quoted(image),
                ", from which the recipe starts the image tower", nearest_path(image));
  }
  open_start_model(pair->image);  // its family
}

// Files that no training run wrote are not replaced. A run writes its log first.
void check_folder(const fs::path& out) {
  std::error_code error;
  const fs::path log = out / "train.jsonl";
  if (fs::exists(out / "checkpoint.safetensors", error)) return;
  if (fs::exists(log, error) && is_log(log)) return;
  for (const char* name : kWrittenFiles) {
    if (!fs::exists(out / name, error)) continue;
    throw Error(
        ErrorCode::invalid_argument, quoted(out / name),
        " was not written by a training run, which would replace it: choose another folder");
  }
}

}  // namespace

TrainResult train(const TrainOptions& options, const ProgressFn& progress) {
  if (options.out.empty())
    throw Error(ErrorCode::invalid_argument, "training needs a folder to write the model to");
  const std::string feature = "training (it needs libtorch; Debian: libtorch-dev)";
  require_plugin("torch", feature);
  Recipe recipe = read_recipe(options.recipe);
  resolve_models(recipe);
  check_models(recipe.model, options.out);
  check_folder(options.out);
  // extern "C" in train/torch/trainer.cpp; throws Error.
  using Train = void (*)(const TrainOptions*, const ProgressFn*, TrainResult*);
  const auto run = reinterpret_cast<Train>(plugin_symbol("torch", "sightline_train", feature));
  TrainResult result;
  run(&options, &progress, &result);
  return result;
}

}  // namespace sightline
