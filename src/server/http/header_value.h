// Parses header values with parameters, such as `form-data; name="a"; filename="b.png"`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/http/http_message.h"

namespace sightline::server {

struct HeaderValue {
  std::string value;       // before the first ';', in lower case
  NamedValues parameters;  // names in lower case; quoted values without quotes and escapes

  // Returns the first parameter with this name.
  std::optional<std::string> parameter(std::string_view name) const;
};

// In quoted values, a backslash escapes only '"' and '\', because some clients send Windows paths
// unescaped. Returns nothing if the value is malformed or has the same parameter twice.
std::optional<HeaderValue> parse_header_value(std::string_view text);

}  // namespace sightline::server
