// The 'model' of a recipe, which decides the task.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <variant>

#include "models/bert_config.h"
#include "models/clip_config.h"
#include "models/resnet_config.h"

namespace sightline {

using RecipeModel = std::variant<ClipConfig, BertConfig, ResnetConfig>;

// docs/formats/recipe.md, "Model and task". `where` names the object in messages. Throws
// invalid_data (which key, what was expected), unsupported (a model_type that cannot be trained).
RecipeModel parse_recipe_model(const nlohmann::json& model, const std::string& where);

// "contrastive", "masked_words" or "classification".
const char* task_of(const RecipeModel& model);

// S; 0 for a model without images.
int64_t image_size_of(const RecipeModel& model);

}  // namespace sightline
