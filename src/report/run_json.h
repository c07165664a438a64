// The run of a report as JSON.
#pragma once

#include <sightline/report.h>

#include "base/json.h"

namespace sightline {

// The member "run" of results.json (docs/formats/results.md).
Json run_json(const RunInfo& run);

}  // namespace sightline
