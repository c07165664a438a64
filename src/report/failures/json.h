// The member "failures" of results.json (docs/formats/results.md).
#pragma once

#include <sightline/experiment.h>

#include "base/json.h"

namespace sightline {

// Settings and query bank: the member of the result.
Json failure_settings_json(const ExperimentResult& result);
// The member of a model.
Json failure_report_json(const ExperimentResult& result, const ModelResult& model);

}  // namespace sightline
