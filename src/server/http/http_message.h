// Requests and responses of the HTTP server.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sightline::server {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

// A request. HttpOptions::admit receives it with an empty body, HttpOptions::handle complete.
struct HttpRequest {
  std::string method = {};
  std::string target = {};  // as sent, with the query string
  // Percent-decoded UTF-8; begins with '/'; has no NUL, backslash, control character, "." or ".."
  // segment.
  std::string path = {};
  NamedValues parameters = {};  // of the query string, decoded, in order; UTF-8 without NUL
  NamedValues headers = {};     // names in lower case
  std::string body = {};
  std::string peer = {};  // numeric address of the client, without its port

  // Returns the first header with this name (in lower case), "" if absent.
  std::string_view header(std::string_view lower_name) const;
  // Returns the first parameter with this name.
  std::optional<std::string> parameter(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string type = "application/json";  // Content-Type; "": none
  NamedValues headers = {};               // Content-Length, Date and Connection are added
  std::string body = {};
  std::shared_ptr<const std::string> shared_body = {};  // replaces body if set; not copied

  const std::string& content() const { return shared_body ? *shared_body : body; }
};

}  // namespace sightline::server
