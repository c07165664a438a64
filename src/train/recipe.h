// A training recipe: everything that decides the weights, in one JSON file.
#pragma once

#include <sightline/image.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "train/recipe_model.h"

namespace sightline {

// Random augmentation of an image. All zero: none.
struct Augmentation {
  double zoom = 0.2;    // scale of the shown part: 1 - zoom … 1 + zoom / 2
  double shift = 0.06;  // of the side, each way
  double rotate_deg = 8;
  double colour = 0.2;        // brightness, contrast, saturation: 1 - colour … 1 + colour
  double flip = 0;            // probability of mirroring left and right
  double grey = 0;            // probability of removing all colour
  double cutout = 0;          // probability of covering a square, 0.3 of the side, with white
  bool white_border = false;  // what is outside of the image is white, else its edge is repeated
};

// Weights of the random choice of an image's text. Rows without keywords use a caption or a phrase.
struct CaptionMix {
  double caption = 0.5;   // one of the row's captions
  double keywords = 0.2;  // some of its keywords, shuffled
  double both = 0.3;      // a caption, then some keywords, shuffled
  double all = 0;         // a caption, then all keywords, shuffled
  double phrase = 0;      // one of `phrases` with a caption or keyword in place of "{}"
  std::vector<std::string> phrases = {};  // such as "a picture of {}"
  // The following apply to pairs.
  double mean = 0;        // probability of the mean vector of the row's texts; locked towers only
  int64_t per_image = 1;  // texts per image and step
  int64_t variants = 16;  // texts drawn once per row, of which each step uses some; locked only
};

// The loss of a pair. The target of an image's softmax over the batch's texts is spread over the
// texts of its subject, and to a share over texts that are similar to its own.
struct PairLoss {
  double soft_share = 0;
  double soft_temperature = 0.05;  // of the similarities' softmax
  // Weight of a second softmax over `bank_size` texts drawn from all rows, whose target is spread
  // by similarity alone. Locked towers only.
  double bank_weight = 0;
  int64_t bank_size = 1024;
};

// Rows to train and evaluate on.
struct RecipeDataset {
  std::string path;                          // relative to the working directory
  std::string train_split = "train";         // or several, separated by commas
  std::vector<std::string> evaluate_splits;  // measured together as one gallery, reported apart
  double weight = 1;                         // times that each row is used per epoch, on average
};

// Rows whose subjects no other data set may train on.
struct SubjectsOfSplit {
  std::string dataset, split;
};

struct Recipe {
  std::vector<RecipeDataset> datasets = {{}};  // one or more; the path of one alone may be empty
  int64_t evaluate_every_epochs = 5;
  std::vector<SubjectsOfSplit> exclude_subjects;
  std::vector<std::string> keywords_columns = {"keywords"};  // "a | b | c" in Row::extra
  std::string label_column;  // classifiers only: the label; absent: "subgroup"
  OrientationProfile orientation = OrientationProfile::upright;

  // The model that is trained; it decides the task. The vocabulary's size comes from the tokenizer,
  // the number of classes from the labels.
  RecipeModel model;
  int64_t tokenizer_vocab_size = 2048;
  int64_t tokenizer_min_frequency = 2;

  std::string initial_weights;      // a model's path; empty: random weights
  std::vector<std::string> frozen;  // prefixes of parameters that keep their initial values

  int64_t epochs = 60;
  int64_t batch_size = 256;
  double learning_rate = 1e-3;
  double weight_decay = 0.1;
  double beta1 = 0.9, beta2 = 0.98, adam_eps = 1e-6;
  int64_t warmup_steps = 50;
  double final_learning_rate = 0.01;  // of learning_rate, at the end of the cosine
  double clip_gradient_norm = 1.0;
  double max_logit_scale = 100;
  double label_smoothing = 0;
  double masked_share = 0.15;  // of a text's tokens that are masked for a BERT
  // Decay of an average of the weights over the steps, which is evaluated and exported; 0: none.
  double average_decay = 0;
  // Ends training after so many evaluations without a better one, and keeps the weights of the
  // best: by the mean reciprocal rank of the first evaluated split. 0: trains all epochs.
  int64_t patience = 0;
  // The following apply to published models.
  int64_t chunk = 0;           // rows that pass through the towers at once; 0: the whole batch
  bool checkpointing = false;  // activations of a layer are computed again in the backward pass
  int64_t hard_negatives = 0;  // rows of a batch that are chosen as similar to its others
  bool bf16 = false;           // autocast
  uint64_t seed = 1;
  Augmentation augmentation;
  CaptionMix captions;
  PairLoss pair_loss;

  std::string text;                                            // the file as it was read
  std::string fingerprint() const;                             // SHA-256 of `text`, hex
  int64_t image_size() const { return image_size_of(model); }  // S; 0: the model has no images
};

// Throws Error: not_found, invalid_data (an unknown key or a value out of range is named).
Recipe read_recipe(const std::filesystem::path& path);

// Replaces names of models on the Hub, which a pair's towers may come from, by their paths in the
// cache. Throws what resolve_model throws.
void resolve_models(Recipe& recipe);

}  // namespace sightline
