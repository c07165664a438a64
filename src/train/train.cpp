#include <sightline/error.h>
#include <sightline/train.h>

#include <exception>

#include "base/plugin.h"

namespace sightline {

TrainResult train(const TrainOptions& options, const ProgressFn& progress) {
  if (options.out.empty())
    throw Error(ErrorCode::invalid_argument, "training needs a folder to write the model to");
  // extern "C" in train/torch/trainer.cpp; throws Error.
  using Train = void (*)(const TrainOptions*, const ProgressFn*, TrainResult*);
  const auto run = reinterpret_cast<Train>(plugin_symbol(
      "torch", "sightline_train", "training (it needs libtorch; Debian: libtorch-dev)"));
  TrainResult result;
  run(&options, &progress, &result);
  return result;
}

}  // namespace sightline
