// Parses multipart/form-data bodies (RFC 7578, RFC 2046).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sightline::server {

struct FormPart {
  std::string name;      // UTF-8
  std::string filename;  // UTF-8, as sent: not to be used as a path; "" if absent
  std::string type;      // Content-Type, "" if absent
  std::string data;
};

// Parses a complete body. `content_type` is the value of the request's Content-Type header.
// Stricter than RFC 2046: no preamble, no epilogue, lines end with CR LF, every part has a name.
// Throws invalid_argument if it is not multipart/form-data with a boundary, or the body is
// malformed or has more than `max_parts` parts.
std::vector<FormPart> parse_multipart(std::string_view content_type, std::string_view body,
                                      int max_parts);

}  // namespace sightline::server
