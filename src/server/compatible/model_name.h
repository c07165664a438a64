// The model that a client of another program means.
#pragma once

#include <string>

#include "server/service.h"

namespace sightline::server {

// Returns `text` if it is the name, spec or fingerprint of a model of the library, otherwise "",
// the default one: these clients must name a model, and do not know the library's.
std::string model_name(Service& service, const std::string& text);

}  // namespace sightline::server
