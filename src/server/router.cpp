#include "server/router.h"

#include <set>

namespace sightline::server {
namespace {

// Returns the first segment of `path`, which begins with '/', and removes it.
std::string_view take_segment(std::string_view& path) {
  const size_t end = std::min(path.find('/', 1), path.size());
  const std::string_view segment = path.substr(1, end - 1);
  path.remove_prefix(end);
  return segment;
}

std::optional<std::vector<std::string>> values_of(std::string_view pattern, std::string_view path) {
  std::vector<std::string> values;
  while (!pattern.empty() && !path.empty()) {
    if (pattern.ends_with("...}") && pattern.find('/', 1) == std::string_view::npos) {
      values.emplace_back(path.substr(1));
      return values;
    }
    const std::string_view expected = take_segment(pattern), found = take_segment(path);
    if (expected.starts_with('{')) {
      if (found.empty()) return std::nullopt;
      values.emplace_back(found);
    } else if (expected != found) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return values;
}

}  // namespace

void Router::add(Route route) {
  routes_.push_back(std::move(route));
}

RouteMatch Router::match(std::string_view method, std::string_view path) const {
  RouteMatch out;
  if (!path.starts_with('/')) return out;
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  std::set<std::string> allowed;
  for (const Route& route : routes_) {
    auto values = values_of(route.pattern, path);
    if (!values) continue;
    if (route.method == wanted) return {&route, std::move(*values), ""};
    allowed.insert(route.method);
    if (route.method == "GET") allowed.insert("HEAD");
  }
  for (const std::string& one : allowed) out.allowed += (out.allowed.empty() ? "" : ", ") + one;
  return out;
}

std::string Router::pattern_of(std::string_view method, std::string_view path) const {
  const RouteMatch found = match(method, path);
  return found.route == nullptr ? "other" : found.route->pattern;
}

}  // namespace sightline::server
