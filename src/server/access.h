// Admits requests: to own host names, with the token, and no changes by other pages.
#pragma once

#include <sightline/server.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/http_server.h"

namespace sightline::server {

enum class RouteAccess {
  open,    // without the token
  read,    // with it
  report,  // with it, or with the cookie for links between the pages of a report
  change,  // with it, and not from a page of another server
};

// Thread-safe.
class AccessRules {
 public:
  // Throws invalid_argument for an address without a token, a weak token, or malformed hosts and
  // origins.
  explicit AccessRules(const ServerOptions& options);

  // Returns the response that refuses a request; nothing if it is admitted. Refuses host names that
  // are not the server's, against DNS rebinding.
  std::optional<HttpResponse> refusal(const HttpRequest& head, RouteAccess access) const;
  // Returns the answer to an OPTIONS request of a permitted origin; nothing for others.
  std::optional<HttpResponse> preflight(const HttpRequest& head) const;
  // The headers that protect pages and what they show.
  NamedValues protecting_headers(const HttpRequest& request) const;

  bool token_required() const { return !token_digest_.empty(); }
  bool is_signed_in(const HttpRequest& head) const;
  // The values of Set-Cookie for a client that has sent the token, and to remove them. They are
  // Secure if the request came over TLS (X-Forwarded-Proto of a reverse proxy). A report's
  // page has no origin, so that browsers send no SameSite=Strict cookie when its links are
  // followed: another cookie, which reads reports only, is sent with links.
  std::vector<std::string> session_cookies(const HttpRequest& request) const;
  static std::vector<std::string> expired_cookies(const HttpRequest& request);

 private:
  bool is_own_host(std::string_view host) const;
  bool is_own_origin(const HttpRequest& head, const std::string& origin) const;
  bool has_token(const HttpRequest& head) const;

  std::set<std::string> hosts_, origins_;
  bool any_address_ = false;  // listens on all interfaces
  bool read_only_ = false;
  std::string token_digest_, session_, reports_session_;  // hexadecimal
};

}  // namespace sightline::server
