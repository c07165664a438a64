// The 'model' of a recipe, which decides the task.
#pragma once

#include <sightline/fine_tune.h>
#include <sightline/image.h>

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <variant>

#include "models/bert_config.h"
#include "models/clip_config.h"
#include "models/mobilenet_v2_config.h"
#include "models/resnet_config.h"

namespace sightline {

// `classes` becomes the dimension of the texts' vectors.
using ImageSizes = std::variant<ResnetConfig, MobilenetV2Config>;

// The image tower of a pair.
struct PairImage {
  ImageSizes sizes;
  // Path of a model of the same family, whose weights it starts from, all but the classifier's.
  // Empty: random weights.
  std::string from;

  int64_t image_size() const;  // S
};

// A text tower that another model has, and an image tower that is trained for its vectors.
struct PairModel {
  std::string text;                     // path of the model with the text tower
  std::string text_name, text_command;  // TextModelOrigin; locked only, may be empty
  bool text_locked = true;              // false: it is trained as well
  bool text_random = false;             // trained from random weights, not from the model's
  double text_learning_rate = 1;        // factor on the optimizer's, if it is trained
  PairImage image;
};

// A published model that is fine-tuned, of any family with an image and a text tower.
struct PublishedModel {
  std::string from;  // its path
  // All methods but the adapter, which does not pass through the towers.
  FineTuneMethod method = FineTuneMethod::full;
  LowRankSettings low_rank;   // FineTuneMethod::lora
  int64_t prompt_length = 4;  // FineTuneMethod::prompt
  // Factor on the learning rate for each layer further from the output (layer-wise decay).
  double layer_decay = 1;
  // resolve_models reads these from the model.
  int64_t image_size = 0;  // S
  PreprocessSpec preprocess;
};

using RecipeModel = std::variant<ClipConfig, BertConfig, ResnetConfig, PairModel, PublishedModel>;

// docs/formats/recipe.md, "Model and task". `where` names the object in messages. Throws
// invalid_data (which key, what was expected), unsupported (a model_type that cannot be trained).
RecipeModel parse_recipe_model(const nlohmann::json& model, const std::string& where);

// "contrastive", "masked_words" or "classification".
const char* task_of(const RecipeModel& model);

// S; 0 for a model without images.
int64_t image_size_of(const RecipeModel& model);

}  // namespace sightline
