// The recipe of a fine-tuning run, as the trainer reads it.
#pragma once

#include <sightline/fine_tune.h>

#include <string>

namespace sightline {

// The learning rate of a method, if none is given.
double default_learning_rate(FineTuneMethod method);

// fine_tune_recipe.json (docs/formats/recipe.md) for so many images. Equal arguments give equal
// texts.
std::string fine_tune_recipe(const FineTuneOptions& options, int64_t train_images);

}  // namespace sightline
