#include <sightline/error.h>
#include <sightline/train.h>

#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "base/plugin.h"
#include "base/text.h"

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

// Files that no training run wrote are not replaced. A run writes its log first.
void check_folder(const fs::path& out) {
  std::error_code error;
  const fs::path log = out / "train.jsonl";
  if (fs::exists(out / "checkpoint.safetensors", error)) return;
  if (fs::exists(log, error) && is_log(log)) return;
  for (const char* name : {"train.jsonl", "recipe.json", "training.png", "model.safetensors",
                           "open_clip_model.safetensors", "config.json", "open_clip_config.json",
                           "tokenizer.json", "vocab.json", "vocab.txt", "pair.json"}) {
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
  check_folder(options.out);
  // extern "C" in train/torch/trainer.cpp; throws Error.
  using Train = void (*)(const TrainOptions*, const ProgressFn*, TrainResult*);
  const auto run = reinterpret_cast<Train>(plugin_symbol(
      "torch", "sightline_train", "training (it needs libtorch; Debian: libtorch-dev)"));
  TrainResult result;
  run(&options, &progress, &result);
  return result;
}

}  // namespace sightline
