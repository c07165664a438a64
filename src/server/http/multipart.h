// Parses multipart/form-data bodies (RFC 7578).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sightline::server {

struct FormPart {
  std::string name;
  std::string filename;  // as sent: not to be used as a path; "" if absent
  std::string type;      // Content-Type, "" if absent
  std::string data;
};

// Parses a complete body. `content_type` is the value of the request's Content-Type header. Throws
// invalid_argument if it is not multipart/form-data with a boundary, the body is malformed or has
// more than `max_parts` parts.
std::vector<FormPart> parse_multipart(std::string_view content_type, std::string_view body,
                                      int max_parts);

}  // namespace sightline::server
