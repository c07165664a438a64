// The noise and example members of results.json.
#pragma once

#include <sightline/experiment.h>

#include "base/json.h"

namespace sightline {

// Member "noise": the noise options; null without noise.
Json noise_options_json(const NoiseOptions& noise);
// Member "robustness" of a model; null without noise.
Json robustness_json(const ModelResult& model);
// Member "examples" of a model.
Json examples_json(const ExperimentResult& result, const ModelResult& model);

}  // namespace sightline
