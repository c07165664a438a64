// The images and texts of a training run, in memory at the size for training.
#pragma once

#include <sightline/dataset.h>
#include <sightline/image.h>
#include <sightline/progress.h>

#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "train/recipe.h"

namespace sightline {

struct TrainingRow {
  Image image;                        // empty where the model has none
  std::vector<std::string> captions;  // at least one
  std::vector<std::string> keywords;  // may be empty
  std::string label;                  // of the recipe's label column; may be empty
};

struct TrainingSet {
  std::vector<TrainingRow> rows;
  int64_t skipped = 0;  // rows that could not be read or decoded, or have no caption
};

// The labels that occur, sorted: a class is an index into this list.
std::vector<std::string> all_labels(const TrainingSet& set);

// Reads one split. Images are preprocessed to `side` x `side` (shortest edge, centre crop), which
// for training is a little larger than the model's S, so that zooming in does not blur. side 0:
// images are not decoded.
// Throws Error where the data set as a whole cannot be read, or has no usable row.
TrainingSet read_training_set(const std::string& dataset, const std::string& split, int side,
                              const Recipe& recipe, const ProgressFn& progress);

// Identifies a run, for its checkpoints: SHA-256, hex, of the recipe's text and every row's image
// and texts.
std::string run_identity(const Recipe& recipe, const TrainingSet& set);

// All texts whose words random_caption can return: the tokenizer's training data.
std::vector<std::string> all_texts(const TrainingSet& set);

std::string random_caption(const TrainingRow& row, const CaptionMix& mix, Random& random);

}  // namespace sightline
