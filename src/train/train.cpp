#include <sightline/error.h>
#include <sightline/train.h>

#include <exception>
#include <filesystem>
#include <system_error>

#include "base/plugin.h"
#include "base/text.h"

namespace sightline {

namespace {

namespace fs = std::filesystem;

// The files of a model that no training run wrote are not replaced. A run writes its log first.
void check_folder(const fs::path& out) {
  std::error_code error;
  for (const char* own : {"train.jsonl", "checkpoint.safetensors"}) {
    if (fs::exists(out / own, error)) return;
  }
  for (const char* name : {"model.safetensors", "open_clip_model.safetensors", "config.json",
                           "open_clip_config.json", "tokenizer.json", "vocab.json", "vocab.txt"}) {
    if (!fs::exists(out / name, error)) continue;
    throw Error(
        ErrorCode::invalid_argument, quoted(out / name),
        " was not written by a training run, and the trained model would replace it: choose "
        "another folder");
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
