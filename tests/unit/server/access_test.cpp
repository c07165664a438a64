#include "server/access.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

#include "expect_error.h"

namespace sightline::server {
namespace {

using test::expect_error;

constexpr const char* kToken = "0123456789abcdef-token";

ServerOptions with_token() {
  ServerOptions options;
  options.address = "0.0.0.0";
  options.token = kToken;
  return options;
}

HttpRequest request(NamedValues headers, const std::string& method = "GET") {
  HttpRequest out;
  out.method = method;
  out.headers = std::move(headers);
  return out;
}

// The status by which a request is refused; 0 if it is admitted.
int refused(const AccessRules& rules, const HttpRequest& head, RouteAccess access) {
  const auto response = rules.refusal(head, access);
  return response ? response->status : 0;
}

TEST(AccessRules, AdmitsOnlyOwnHosts) {
  ServerOptions options;
  options.address = "127.0.0.2";
  options.allowed_hosts = {"photos.example"};
  const AccessRules rules(options);
  for (const char* host : {"localhost", "LOCALHOST:8765", "127.0.0.1:1", "[::1]:80", "127.0.0.2",
                           "photos.example", "photos.example:443"})
    EXPECT_EQ(refused(rules, request({{"host", host}}), RouteAccess::open), 0) << host;
  for (const char* host : {"", "evil.example", "localhost.evil.example", "127.0.0.3", "[::2]",
                           "localhost@evil.example", "photos.example.evil", "[::1]evil.example",
                           "[::1", "127.0.0.1:80@evil.example", "localhost:80:80"})
    EXPECT_EQ(refused(rules, request({{"host", host}}), RouteAccess::open), 421) << host;
}

TEST(AccessRules, AdmitsAddressesIfItListensOnAll) {
  const AccessRules rules(with_token());
  EXPECT_EQ(refused(rules, request({{"host", "192.168.1.5:8765"}}), RouteAccess::open), 0);
  EXPECT_EQ(refused(rules, request({{"host", "[fe80::1]:8765"}}), RouteAccess::open), 0);
  EXPECT_EQ(refused(rules, request({{"host", "evil.example"}}), RouteAccess::open), 421);
}

TEST(AccessRules, RequiresTheToken) {
  const AccessRules rules(with_token());
  const std::pair<std::string, std::string> host = {"host", "localhost"};
  const std::string right = std::string("Bearer ") + kToken;
  EXPECT_EQ(refused(rules, request({host}), RouteAccess::open), 0);
  EXPECT_EQ(refused(rules, request({host}), RouteAccess::read), 401);
  EXPECT_EQ(refused(rules, request({host, {"authorization", right}}), RouteAccess::read), 0);
  EXPECT_EQ(refused(rules, request({host, {"authorization", "bearer " + std::string(kToken)}}),
                    RouteAccess::read),
            0);
  for (const std::string& wrong : {std::string("Bearer "), right + "x", right.substr(0, 20),
                                   std::string(kToken), "Basic " + std::string(kToken)})
    EXPECT_EQ(refused(rules, request({host, {"authorization", wrong}}), RouteAccess::read), 401)
        << wrong;
}

TEST(AccessRules, AdmitsTheCookieAndChangesOnlyWithItsHeader) {
  const AccessRules rules(with_token());
  const std::string whole = rules.session_cookies({}).at(0);
  const std::string cookie = whole.substr(0, whole.find(';'));
  NamedValues headers = {{"host", "localhost"}, {"cookie", "a=b; " + cookie}};
  EXPECT_EQ(refused(rules, request(headers), RouteAccess::read), 0);
  EXPECT_EQ(refused(rules, request(headers, "POST"), RouteAccess::change), 403);
  headers.emplace_back("x-sightline", "1");
  EXPECT_EQ(refused(rules, request(headers, "POST"), RouteAccess::change), 0);
  headers[1].second = cookie.substr(0, cookie.size() - 1) + "0";
  headers[1].second.back() = cookie.back() == '0' ? '1' : '0';
  EXPECT_EQ(refused(rules, request(headers), RouteAccess::read), 401);
}

TEST(AccessRules, CookiesAreSecureBehindAProxyWithTls) {
  const AccessRules rules(with_token());
  const auto secure = [&](const NamedValues& headers) {
    std::vector<std::string> cookies = rules.session_cookies(request(headers));
    std::ranges::copy(AccessRules::expired_cookies(request(headers)), std::back_inserter(cookies));
    return std::ranges::count_if(cookies,
                                 [](const auto& cookie) { return cookie.ends_with("; Secure"); });
  };
  EXPECT_EQ(secure({{"x-forwarded-proto", "https"}}), 4);
  EXPECT_EQ(secure({{"x-forwarded-proto", "HTTPS , http"}}), 4);
  for (const char* other : {"http", "http, https", "", "httpsx"})
    EXPECT_EQ(secure({{"x-forwarded-proto", other}}), 0) << other;
  EXPECT_EQ(secure({}), 0);
}

TEST(AccessRules, AdmitsLinksOfReportsByTheirCookieOnly) {
  const AccessRules rules(with_token());
  const std::string whole = rules.session_cookies({}).at(1);
  EXPECT_NE(whole.find("; Path=/reports/; HttpOnly; SameSite=Lax"), std::string::npos) << whole;
  const NamedValues headers = {{"host", "localhost"}, {"cookie", whole.substr(0, whole.find(';'))}};
  EXPECT_EQ(refused(rules, request(headers), RouteAccess::report), 0);
  EXPECT_EQ(refused(rules, request(headers), RouteAccess::read), 401);
  EXPECT_EQ(refused(rules, request(headers, "POST"), RouteAccess::change), 401);
  EXPECT_EQ(refused(rules, request({{"host", "localhost"}}), RouteAccess::report), 401);
  EXPECT_EQ(refused(rules, request({{"host", "evil.example"}, headers[1]}), RouteAccess::report),
            421);
}

TEST(AccessRules, RefusesChangesByOtherPages) {
  ServerOptions options;
  options.cors_origins = {"https://photos.example"};
  const AccessRules rules(options);
  const auto change = [&](const char* name, const char* value) {
    return refused(rules, request({{"host", "localhost:8765"}, {name, value}}, "POST"),
                   RouteAccess::change);
  };
  EXPECT_EQ(change("origin", "http://localhost:8765"), 0);
  EXPECT_EQ(change("origin", "https://photos.example"), 0);
  EXPECT_EQ(change("origin", "http://evil.example"), 403);
  EXPECT_EQ(change("origin", "http://localhost:1"), 403);
  EXPECT_EQ(change("origin", "null"), 403);
  EXPECT_EQ(change("sec-fetch-site", "cross-site"), 403);
  EXPECT_EQ(change("sec-fetch-site", "same-origin"), 0);
}

TEST(AccessRules, RefusesChangesIfReadOnly) {
  ServerOptions options;
  options.read_only = true;
  const AccessRules rules(options);
  const HttpRequest head = request({{"host", "localhost"}}, "POST");
  EXPECT_EQ(refused(rules, head, RouteAccess::change), 403);
  EXPECT_EQ(refused(rules, head, RouteAccess::read), 0);
}

TEST(AccessRules, AnswersPreflightsOfPermittedOrigins) {
  ServerOptions options;
  options.cors_origins = {"https://photos.example"};
  const AccessRules rules(options);
  EXPECT_TRUE(rules.preflight(request({{"origin", "https://photos.example"}}, "OPTIONS")));
  EXPECT_FALSE(rules.preflight(request({{"origin", "https://evil.example"}}, "OPTIONS")));
  EXPECT_FALSE(rules.preflight(request({{"origin", "https://photos.example"}})));
}

TEST(AccessRules, RefusesUnsafeOptions) {
  const auto refuse = [](const std::string& part, auto change) {
    ServerOptions options;
    change(options);
    expect_error(ErrorCode::invalid_argument, part, [&] { AccessRules rules(options); });
  };
  refuse("a token is required", [](ServerOptions& o) { o.address = "0.0.0.0"; });
  refuse("a token is required", [](ServerOptions& o) { o.address = "192.168.1.5"; });
  refuse("a token is required", [](ServerOptions& o) { o.address = "::"; });
  refuse("expected at least 16", [](ServerOptions& o) { o.token = "short"; });
  refuse("without spaces", [](ServerOptions& o) { o.token = "0123456789 abcdefgh"; });
  refuse("is not a host name", [](ServerOptions& o) { o.allowed_hosts = {"http://a"}; });
  refuse("is not an origin", [](ServerOptions& o) { o.cors_origins = {"*"}; });
}

}  // namespace
}  // namespace sightline::server
