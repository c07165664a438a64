// The noise part of results.json, and the captions that the page shows.
#pragma once

#include <sightline/experiment.h>

#include <nlohmann/json_fwd.hpp>

namespace sightline {

// Member "noise" of the file: what was asked for. null where nothing was.
nlohmann::ordered_json noise_options_json(const NoiseOptions& noise);
// Member "robustness" of a model. null where no noise was asked for.
nlohmann::ordered_json robustness_json(const ModelResult& model);
// Member "examples" of a model.
nlohmann::ordered_json examples_json(const ExperimentResult& result, const ModelResult& model);

}  // namespace sightline
