// Problem documents (RFC 9457), the form of all error responses.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "server/http/http_server.h"
#include "sightline/error.h"

namespace sightline::server {

// Returns the HTTP status for an error code: 400 for invalid input, 503 for files that cannot be
// read or written (a full disk, a lock), 500 for our failures.
int http_status(ErrorCode code);

// Returns the reason phrase of a status, "Error" if unknown.
std::string status_title(int status);

// Returns an application/problem+json response. An empty `title` is the status's reason phrase.
// `members` is an object of additional members; "type" replaces "about:blank".
HttpResponse problem(int status, const std::string& title, const std::string& detail,
                     const nlohmann::json& members = nlohmann::json::object());

// Returns the problem document for an error. The details of io and internal errors are for the log,
// so clients receive a general sentence instead.
HttpResponse problem_of(const Error& error);

}  // namespace sightline::server
