// The rows of a training run. Their images are in an ImageStore, at the size for training.
#pragma once

#include <sightline/dataset.h>
#include <sightline/progress.h>
#include <sightline/rows.h>
#include <sightline/train.h>

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "train/image_parts.h"
#include "train/image_store.h"
#include "train/recipe.h"

namespace sightline {

struct TrainingRow {
  int64_t image = -1;                 // index in the run's ImageStore; -1: none
  std::vector<std::string> captions;  // at least one
  std::vector<std::string> keywords;  // may be empty
  std::string label;                  // of the recipe's label column; may be empty
  double weight = 1;                  // RecipeDataset::weight
};

struct TrainingSet {
  std::vector<TrainingRow> rows;
  std::vector<SkippedRow> skipped;  // could not be read or decoded, or have no caption
};

// The labels that occur, sorted: a class is an index into this list.
std::vector<std::string> all_labels(const TrainingSet& set);

// The rows of a data set to read.
struct RowSelection {
  std::string split;           // or several, separated by commas; empty: of every split
  double held_out = 0;         // share of the images that is held out, by is_held_out
  bool held_out_rows = false;  // read only these rows; otherwise all others
  // Read only rows with these images, those of one image as one row. Null: all.
  std::shared_ptr<const ImageSet> images = {};
};

// Whether an image belongs to the held-out share. A function of its bytes: it does not depend on
// the order of the rows, and images that repeat are all held out, or none is.
bool is_held_out(std::span<const uint8_t> image, double share);

// The rows that a run trains on, and those that it evaluates on with the name of each part.
struct RunRows {
  RowSelection train;
  std::vector<std::pair<std::string, RowSelection>> evaluate;
};
// Follows the options of `train` and, where they say nothing, the recipe's data set. Throws
// invalid_argument for options that exclude each other, a share out of range, and a split that is
// both trained and evaluated on; what open_dataset throws.
RunRows choose_rows(const RecipeDataset& dataset, const TrainOptions& options);

// The store that images are added to, and the side that they are preprocessed to: for training a
// little larger than the model's S, so that zooming in does not blur. Side 0: images are not
// decoded, and there need not be a store.
struct ImageTarget {
  ImageStore* store = nullptr;
  int side = 0;
  // Resize and crop, with both sizes scaled so that the crop has `side`; by default the shortest
  // edge and a centre crop.
  PreprocessSpec preprocess = {};
};

// Reads these rows in one pass.
// Throws Error where the data set as a whole cannot be read, or has no usable row or no row of a
// split, and what ImageStore::add throws.
TrainingSet read_rows(const std::string& dataset, const RowSelection& rows,
                      const ImageTarget& images, const Recipe& recipe, const ProgressFn& progress);

// Likewise, for the rows of a run: its error for a split without rows says how to choose splits.
TrainingSet read_training_set(const std::string& dataset, const RowSelection& rows,
                              const ImageTarget& images, const Recipe& recipe,
                              const ProgressFn& progress);

// Identifies a run, for its checkpoints: SHA-256, hex, of the recipe's text, `models` (fingerprints
// of models that it uses) and every row's image, texts and weight.
std::string run_identity(const Recipe& recipe, const TrainingSet& set, const ImageStore& images,
                         const std::string& models = "");

// The samples of an epoch in the order of training: a permutation of the rows' indices if all
// weights are 1; otherwise each row is used floor(weight) or ceil(weight) times. Sample c * N + r
// is the c-th use, from 0, of row r of N: what is drawn for it differs. Equal arguments give equal
// orders.
std::vector<int64_t> epoch_order(const TrainingSet& set, uint64_t seed, int64_t epoch);

// The index of a sample's row.
inline int64_t row_index(const TrainingSet& set, int64_t sample) {
  return sample % static_cast<int64_t>(set.rows.size());
}
inline const TrainingRow& row_of(const TrainingSet& set, int64_t sample) {
  return set.rows[static_cast<size_t>(row_index(set, sample))];
}

// The least number of samples of any epoch_order.
int64_t rows_per_epoch(const TrainingSet& set);

// All texts whose words random_caption can return: the tokenizer's training data.
std::vector<std::string> all_texts(const TrainingSet& set);

std::string random_caption(const TrainingRow& row, const CaptionMix& mix, Random& random);

}  // namespace sightline
