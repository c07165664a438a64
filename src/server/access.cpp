#include "server/access.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <sightline/error.h>

#include <algorithm>

#include "base/hash.h"
#include "base/text.h"
#include "server/http/problem.h"

namespace sightline::server {
namespace {

constexpr size_t kLeastToken = 16;
constexpr const char* kCookie = "sightline_session";
constexpr const char* kReportsCookie = "sightline_reports";
constexpr const char* kSession = "; Path=/; HttpOnly; SameSite=Strict";
constexpr const char* kReportsSession = "; Path=/reports/; HttpOnly; SameSite=Lax";
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action "
    "'none'; frame-ancestors 'none'";

std::string digest_of(std::string_view text) {
  return to_hex(Sha256().update(text).digest());
}

// Compares in a time that does not depend on the texts, which are of one length.
bool equal(const std::string& a, const std::string& b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// Of "[::1]:80" "[::1]", of "host:80" "host"; "" if something else than a port follows.
std::string without_port(std::string_view host) {
  const size_t end =
      host.starts_with('[') ? host.find(']') + 1 : std::min(host.find(':'), host.size());
  const std::string_view port = host.substr(end);
  const bool valid =
      port.empty() ||
      (port[0] == ':' && port.size() <= 6 &&
       std::ranges::all_of(port.substr(1), [](char c) { return c >= '0' && c <= '9'; }));
  return valid ? lower(host.substr(0, end)) : "";
}

bool is_ip_literal(const std::string& host) {
  unsigned char bytes[16];
  if (host.size() > 2 && host.front() == '[')
    return inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), bytes) == 1;
  return inet_pton(AF_INET, host.c_str(), bytes) == 1;
}

bool is_loopback(const std::string& address) {
  in_addr v4{};
  if (inet_pton(AF_INET, address.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, address.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

void check_token(const ServerOptions& options) {
  if (options.token.empty()) {
    if (is_loopback(options.address)) return;
    throw Error(ErrorCode::invalid_argument, "the address ", options.address,
                " can be reached by others, so a token is required (--token-file FILE, or "
                "SIGHTLINE_TOKEN)");
  }
  const bool plain = std::ranges::all_of(options.token, [](char c) { return c > ' ' && c < 127; });
  if (!plain || options.token.size() < kLeastToken) {
    throw Error(ErrorCode::invalid_argument, "the token has ", options.token.size(),
                " characters; expected at least ", kLeastToken,
                " printable ASCII characters without spaces");
  }
}

std::string checked_origin(const std::string& origin) {
  const std::string text = lower(origin);
  const size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
  if (scheme == 0 || text.size() == scheme || text.find('/', scheme) != std::string::npos) {
    throw Error(ErrorCode::invalid_argument, "'", printable(origin),
                "' is not an origin; expected a scheme and a host, such as https://photos.example");
  }
  return text;
}

// The value of a cookie of a request, "" if it has none of that name.
std::string_view cookie(const HttpRequest& head, std::string_view name) {
  std::string_view rest = head.header("cookie");
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(';'), rest.size());
    const std::string_view one = trimmed(rest.substr(0, end));
    const size_t sign = one.find('=');
    if (sign != std::string_view::npos && one.substr(0, sign) == name) return one.substr(sign + 1);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

// The attribute of cookies for a browser that uses TLS. The header may be forged, but only by the
// client itself, which then merely keeps its own cookie from being sent without TLS.
const char* secure(const HttpRequest& request) {
  const std::string_view schemes = request.header("x-forwarded-proto");
  const std::string_view first = schemes.substr(0, schemes.find(','));  // of the client
  return lower(trimmed(first)) == "https" ? "; Secure" : "";
}

HttpResponse unauthorized() {
  HttpResponse out = problem(401, "",
                             "this server needs a token: send it as 'Authorization: "
                             "Bearer TOKEN', or sign in on the page");
  out.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"sightline\"");
  return out;
}

}  // namespace

AccessRules::AccessRules(const ServerOptions& options) : read_only_(options.read_only) {
  check_token(options);
  if (!options.token.empty()) {
    token_digest_ = digest_of(options.token);
    session_ = digest_of("sightline session\n" + options.token);
    reports_session_ = digest_of("sightline reports\n" + options.token);
  }
  hosts_ = {"localhost", "127.0.0.1", "[::1]"};
  const bool v6 = options.address.find(':') != std::string::npos;
  hosts_.insert(lower(v6 ? "[" + options.address + "]" : options.address));
  any_address_ = options.address == "0.0.0.0" || options.address == "::";
  for (const std::string& host : options.allowed_hosts) {
    if (host.empty() || host.find_first_of(":/ ") != std::string::npos) {
      throw Error(ErrorCode::invalid_argument, "'", printable(host),
                  "' is not a host name; expected one such as photos.example, without a port");
    }
    hosts_.insert(lower(host));
  }
  for (const std::string& origin : options.cors_origins) origins_.insert(checked_origin(origin));
}

bool AccessRules::is_own_host(std::string_view host) const {
  const std::string name = without_port(host);
  return hosts_.contains(name) || (any_address_ && is_ip_literal(name));
}

bool AccessRules::is_own_origin(const HttpRequest& head, const std::string& origin) const {
  if (origins_.contains(origin)) return true;
  const size_t scheme = origin.find("://");
  return scheme != std::string::npos && origin.substr(scheme + 3) == lower(head.header("host"));
}

bool AccessRules::has_token(const HttpRequest& head) const {
  const std::string_view value = head.header("authorization");
  constexpr std::string_view kScheme = "bearer ";
  if (value.size() <= kScheme.size() || lower(value.substr(0, kScheme.size())) != kScheme)
    return false;
  return equal(digest_of(trimmed(value.substr(kScheme.size()))), token_digest_);
}

bool AccessRules::is_signed_in(const HttpRequest& head) const {
  return !token_required() || has_token(head) ||
         equal(std::string(cookie(head, kCookie)), session_);
}

std::optional<HttpResponse> AccessRules::refusal(const HttpRequest& head,
                                                 RouteAccess access) const {
  if (!is_own_host(head.header("host"))) {
    return problem(421, "",
                   "the host '" + printable(head.header("host"), 100) +
                       "' is not one of this server; 'sightline serve --allow-host NAME' "
                       "permits a name");
  }
  if (access == RouteAccess::open) return std::nullopt;
  if (access == RouteAccess::report && token_required() &&
      equal(std::string(cookie(head, kReportsCookie)), reports_session_))
    return std::nullopt;
  if (!is_signed_in(head)) return unauthorized();
  if (access != RouteAccess::change) return std::nullopt;
  if (read_only_)
    return problem(403, "", "this server was started with --read-only and accepts no changes");
  const std::string origin = lower(head.header("origin"));
  if ((!origin.empty() && !is_own_origin(head, origin)) ||
      (origin.empty() && head.header("sec-fetch-site") == "cross-site")) {
    return problem(403, "", "changes by pages of other servers are not accepted");
  }
  const bool by_cookie = token_required() && !has_token(head);
  if (by_cookie && head.header("x-sightline").empty()) {
    return problem(403, "",
                   "a change that is authorized by a cookie needs the header "
                   "'X-Sightline: 1'");
  }
  return std::nullopt;
}

std::optional<HttpResponse> AccessRules::preflight(const HttpRequest& head) const {
  if (head.method != "OPTIONS" || !origins_.contains(lower(head.header("origin"))))
    return std::nullopt;
  HttpResponse out{204, "", {}};
  out.headers = {{"Access-Control-Allow-Methods", "GET, POST, PUT, DELETE"},
                 {"Access-Control-Allow-Headers", "Authorization, Content-Type, X-Sightline"},
                 {"Access-Control-Max-Age", "600"}};
  return out;
}

NamedValues AccessRules::protecting_headers(const HttpRequest& request) const {
  NamedValues out = {{"Content-Security-Policy", kPolicy},
                     {"X-Content-Type-Options", "nosniff"},
                     {"Referrer-Policy", "no-referrer"},
                     {"Cache-Control", "no-store"}};
  const std::string origin = lower(request.header("origin"));
  if (!origins_.empty()) out.emplace_back("Vary", "Origin");
  if (origins_.contains(origin)) {
    out.emplace_back("Access-Control-Allow-Origin", origin);
  } else {
    out.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  }
  return out;
}

std::vector<std::string> AccessRules::session_cookies(const HttpRequest& request) const {
  return {message(kCookie, "=", session_, kSession, secure(request)),
          message(kReportsCookie, "=", reports_session_, kReportsSession, secure(request))};
}

std::vector<std::string> AccessRules::expired_cookies(const HttpRequest& request) {
  return {message(kCookie, "=; Max-Age=0", kSession, secure(request)),
          message(kReportsCookie, "=; Max-Age=0", kReportsSession, secure(request))};
}

}  // namespace sightline::server
