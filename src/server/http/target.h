// Parses request targets (RFC 9112, section 3.2).
#pragma once

#include <string_view>

#include "server/http/http_message.h"

namespace sightline::server {

// Sets `target`, `path` and `parameters` of the request. Accepts the origin form "/path?query"
// only: this server is not a proxy. In the query string, '+' is a space. Throws invalid_argument if
// the target has a malformed percent escape, a NUL, control characters, or after decoding is not
// UTF-8 or has a backslash or a "." or ".." segment in its path.
void parse_target(std::string_view target, HttpRequest& request);

}  // namespace sightline::server
