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
  double colour = 0.2;  // brightness, contrast, saturation: 1 - colour … 1 + colour
  double flip = 0;      // probability of mirroring left and right
};

// Weights of the random choice of an image's text. Rows without keywords always use a caption.
struct CaptionMix {
  double caption = 0.5;   // one of the row's captions
  double keywords = 0.2;  // some of its keywords, shuffled
  double both = 0.3;      // a caption, then some keywords, shuffled
};

struct Recipe {
  std::string dataset;  // path; relative to the working directory
  std::string train_split = "train";
  std::vector<std::string> evaluate_splits;  // measured together as one gallery, reported apart
  int64_t evaluate_every_epochs = 5;
  std::string keywords_column = "keywords";  // "a | b | c" in Row::extra
  std::string label_column;                  // classifiers only: the label; absent: "subgroup"
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
  uint64_t seed = 1;
  Augmentation augmentation;
  CaptionMix captions;

  std::string text;                                            // the file as it was read
  std::string fingerprint() const;                             // SHA-256 of `text`, hex
  int64_t image_size() const { return image_size_of(model); }  // S; 0: the model has no images
};

// Throws Error: not_found, invalid_data (an unknown key or a value out of range is named).
Recipe read_recipe(const std::filesystem::path& path);

}  // namespace sightline
