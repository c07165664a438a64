// Lines of the access log.
#pragma once

#include <cstdint>
#include <string>

#include "server/http/http_server.h"

namespace sightline::server {

// Returns a JSON object of one line: time, peer, method, route, status, bytes, ms and, with
// `queries`, the target with its query string.
std::string access_log_line(const HttpRequest& request, const std::string& route, int status,
                            int64_t bytes, double seconds, bool queries);

}  // namespace sightline::server
