#include "train/fine_tune/check_options.h"

#include <sightline/error.h>

#include <cstdio>
#include <string>

namespace sightline {
namespace {

std::string text_of(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

// NaN is in no range.
template <typename T>
void require(const char* name, T value, double least, double most) {
  const auto number = static_cast<double>(value);
  if (number >= least && number <= most) return;
  throw Error(ErrorCode::invalid_argument, "the setting ", name, " is ", text_of(number),
              ", expected a number from ", text_of(least), " to ", text_of(most));
}

void check_settings(const FineTuneSettings& s) {
  require("epochs", s.epochs, 1, 1e6);
  require("batch_size", s.batch_size, 2, 65536);
  if (s.learning_rate) require("learning_rate", *s.learning_rate, 1e-12, 10);
  require("weight_decay", s.weight_decay, 0, 10);
  require("warmup_share", s.warmup_share, 0, 1);
  require("layer_decay", s.layer_decay, 0.01, 1);
  require("average_decay", s.average_decay, 0, 0.99999);
  require("label_smoothing", s.label_smoothing, 0, 0.9);
  require("captions_per_image", s.captions_per_image, 1, 64);
  require("hard_negatives", s.hard_negatives, 0, 65535);
  require("chunk", s.chunk, 0, 65536);
  require("patience", s.patience, 0, 1e6);
  require("rank", s.low_rank.rank, 1, 4096);
  require("alpha", s.low_rank.alpha, 1e-6, 1e6);
  require("last_layers", s.low_rank.last_layers, 0, 1e6);
  require("prompt_length", s.prompt_length, 1, 64);
  require("seed", s.seed, 0, 9e15);
}

}  // namespace

void check_fine_tune_options(const FineTuneOptions& options) {
  check_settings(options.settings);
  require("max_pairs", options.max_pairs, 0, 1e15);
  if (options.other_dataset.empty() && !options.other_split.empty()) {
    throw Error(ErrorCode::invalid_argument, "the split '", options.other_split,
                "' of another data set is given, but not the data set");
  }
}

}  // namespace sightline
