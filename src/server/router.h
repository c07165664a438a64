// Routes: which function answers which method and path.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/access.h"
#include "server/http/http_server.h"

namespace sightline::server {

// A request for a route.
struct Call {
  std::shared_ptr<HttpExchange> exchange;
  std::vector<std::string> values;  // of the {…} of the pattern, in order
  const HttpRequest& request() const { return exchange->request(); }
};

struct Route {
  std::string method;   // GET also answers HEAD
  std::string pattern;  // "/v1/items/{id}/similar"; a last "{path...}" takes the rest, with slashes
  RouteAccess access = RouteAccess::read;
  int64_t max_body = 0;                   // bytes
  std::function<void(Call)> answer = {};  // on the thread of all connections; must not block
};

struct RouteMatch {
  const Route* route = nullptr;
  std::vector<std::string> values;
  std::string allowed;  // if only other methods have the path: these, "GET, POST"
};

class Router {
 public:
  void add(Route route);
  RouteMatch match(std::string_view method, std::string_view path) const;
  // The pattern of a path, for the log and metrics; "other" if there is none.
  std::string pattern_of(std::string_view method, std::string_view path) const;

 private:
  std::vector<Route> routes_;
};

}  // namespace sightline::server
