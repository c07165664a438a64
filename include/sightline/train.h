// Training: CLIP on captioned images, BERT on their texts, ResNet on their labels.
#pragma once

#include <sightline/progress.h>
#include <sightline/rows.h>
#include <sightline/settings.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

struct TrainOptions {
  std::filesystem::path recipe;   // a JSON file (docs/formats/recipe.md)
  std::filesystem::path dataset;  // replaces the recipe's "dataset" unless empty
  // Replace the recipe's "train_split" and "evaluate_splits" unless empty. The first may name
  // several splits, separated by commas.
  std::string train_split;
  std::vector<std::string> validation_splits;
  // Holds out this share of the images, 0 to 0.9, from training and evaluates on them. Which ones
  // depends only on their bytes, so that an image that repeats is on one side. The rows are those
  // of the training split or, if the data set has no such split, all. 0: evaluates on no rows.
  // Excludes the two members above.
  std::optional<double> held_out;
  // The images of each part of a run, written by fine_tune(): trains on those of "train" and
  // evaluates on those of "validation". `train_split` then names the splits to search for them.
  // Empty: parts are splits. Excludes `held_out`.
  std::filesystem::path image_parts;
  std::filesystem::path out;  // the model's directory; created if missing
  // Root of the embedding cache for the vectors of a locked text tower, usually
  // default_cache_root(). Empty: no cache.
  std::optional<std::filesystem::path> cache;
  // Bytes of preprocessed images to hold in memory; the others are in a temporary file in `out`
  // (docs/decisions/0048). Does not change the weights. Absent: a quarter of the machine's memory.
  std::optional<int64_t> image_memory;
  Device device;                   // cuda: only if libtorch has it
  bool resume = true;              // resume from OUT/checkpoint.safetensors if it exists
  int64_t stop_after_epochs = -1;  // stop with a checkpoint after this many epochs; -1: never
};

struct TrainResult {
  int64_t epochs = 0;                    // finished epochs, including earlier runs
  int64_t steps = 0;                     // finished optimizer steps, including earlier runs
  bool complete = false;                 // false: stopped early, with a checkpoint to resume from
  double loss = 0;                       // mean loss of the last epoch
  double seconds = 0;                    // training time, including earlier runs
  int64_t images = 0;                    // rows of the training set
  std::vector<SkippedRow> skipped = {};  // rows without a caption, or that could not be read
  int64_t excluded = 0;                  // rows that the recipe's "exclude_subjects" left out
  // The epoch whose weights were written: the best evaluation's with the recipe's "patience",
  // otherwise the last. 0: the weights before training.
  int64_t best_epoch = 0;
};

// Trains the recipe's model (docs/formats/recipe.md) with AdamW, warm-up and cosine decay.
// Writes into `out`:
//   train.jsonl              one JSON object per line: {"step", "epoch", "loss", "lr", …}, and for
//                            each evaluation {"step", "epoch", KEY: {split: {metric: number, …}}};
//                            KEY: "recall" (CLIP), "masked_words" (BERT), "classification" (ResNet)
//   checkpoint.safetensors   weights, running statistics, optimizer state and counters, replaced
//                            after every epoch
//   recipe.json and the model's files, at the end: `out` can be loaded by sightline::Model and by
//                            the library of its layout (transformers, open_clip, timm)
// A run that is interrupted and started again with the same arguments writes the same bytes as an
// uninterrupted one. `progress` receives an event when a run resumes and after every epoch: its
// mean loss, the figures of held-out rows, elapsed and remaining time. Throws Error: unsupported
// (built without libtorch, no such device), invalid_data (recipe, data set, a checkpoint of another
// recipe), cancelled (thrown by `progress`).
TrainResult train(const TrainOptions& options, const ProgressFn& progress = {});

}  // namespace sightline
