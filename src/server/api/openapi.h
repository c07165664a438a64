// The description of the API, which the build embeds from openapi.json.
#pragma once

#include <string_view>

namespace sightline {

std::string_view openapi_document();

}  // namespace sightline
