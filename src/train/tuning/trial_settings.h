// The configuration of a trial that fine-tunes: keys of fine-tuning, and those of retrieval.
#pragma once

#include <sightline/configuration.h>
#include <sightline/fine_tune.h>

#include <optional>
#include <string>

#include "base/json.h"

namespace sightline {

struct TrialSettings {
  Configuration retrieval;                   // its model is the start
  std::optional<FineTuneSettings> training;  // nothing: the start is evaluated
  // The start and all that the trained model depends on, as JSON: equal for equal trainings. Empty
  // without training.
  std::string training_key;
};

// Whether a key of a configuration belongs to fine-tuning.
bool is_training_key(const std::string& key);

// Throws invalid_data, naming the key, what was expected and what was found; invalid_argument
// without a model.
TrialSettings parse_trial_settings(const std::string& configuration);

// The configuration of retrieval with another model, as JSON text.
std::string with_model(const std::string& configuration, const std::string& model);

}  // namespace sightline
