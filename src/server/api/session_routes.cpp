// /v1/session: signing in
#include <sightline/version.h>

#include "server/api/request_values.h"
#include "server/routes.h"

namespace sightline::server {
namespace {

HttpResponse session_response(const Service& service, const HttpRequest& request) {
  const AccessRules& access = service.access();
  return json_response({{"token_required", access.token_required()},
                        {"signed_in", access.is_signed_in(request)},
                        {"show_paths", service.options().show_paths},
                        {"writable", !service.options().read_only},
                        {"max_upload_bytes", service.options().max_upload_bytes},
                        {"version", kVersion}});
}

HttpResponse with_cookies(const std::vector<std::string>& cookies) {
  HttpResponse out{204, "", {}};
  for (const std::string& cookie : cookies) out.headers.emplace_back("Set-Cookie", cookie);
  return out;
}

}  // namespace

void add_session_routes(Router& router, Service& service) {
  router.add({"GET", "/v1/session", RouteAccess::open, 0, [&service](const Call& call) {
                call.exchange->respond(session_response(service, call.request()));
              }});
  router.add({"POST", "/v1/session", RouteAccess::read, 0, [&service](const Call& call) {
                call.exchange->respond(
                    with_cookies(service.access().session_cookies(call.request())));
              }});
  router.add({"DELETE", "/v1/session", RouteAccess::open, 0, [](const Call& call) {
                call.exchange->respond(with_cookies(AccessRules::expired_cookies(call.request())));
              }});
}

}  // namespace sightline::server
