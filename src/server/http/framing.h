// Checks of request heads that libmicrohttpd leaves to the application.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/http/http_message.h"

namespace sightline::server {

struct HeadProblem {
  int status = 400;
  std::string detail;
};

// Returns why a request must be refused and its connection closed: a malformed method or header, or
// framing that another HTTP implementation may interpret differently (RFC 9112, sections 5 and 6):
// both Content-Length and Transfer-Encoding, several of either or of Host, a transfer coding other
// than chunked.
//   version: "HTTP/1.1"
std::optional<HeadProblem> find_head_problem(const HttpRequest& request,
                                             const std::string& version);

// Returns the Content-Length of a head without problems; absent if it is not given.
std::optional<std::int64_t> content_length(const HttpRequest& request);

// Returns whether a body follows a head without problems.
bool has_body(const HttpRequest& request);

}  // namespace sightline::server
