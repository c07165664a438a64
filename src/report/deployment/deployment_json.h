// Deployment as JSON.
#pragma once

#include <sightline/deployment.h>

#include <optional>

#include "base/json.h"

namespace sightline {

// The member "deployment" of results.json: null if nothing was measured.
Json deployment_json(const std::optional<Deployment>& deployment);

}  // namespace sightline
