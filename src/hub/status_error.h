// Converts HTTP errors of the Hub to Errors.
#pragma once

#include <sightline/hub.h>
#include <string>

#include "hub/http.h"

namespace sightline::hub {

// Throws the error for a response that is not 2xx: TransientError for 429 and 5xx, not_found for
// unknown (or hidden) objects, io for refused access. `what` describes the requested object.
[[noreturn]] void throw_status(const HttpResponse& response, const RepoName& repo,
                               const std::string& what, const HubSettings& settings);

}  // namespace sightline::hub
