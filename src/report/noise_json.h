// The noise part of results.json, and the captions that the page shows.
#pragma once

#include <sightline/experiment.h>

#include "base/json.h"

namespace sightline {

// Member "noise" of the file: what was asked for. null where nothing was.
Json noise_options_json(const NoiseOptions& noise);
// Member "robustness" of a model. null where no noise was asked for.
Json robustness_json(const ModelResult& model);
// Member "examples" of a model.
Json examples_json(const ExperimentResult& result, const ModelResult& model);

}  // namespace sightline
