// The page: /, its script, style and icon
#include "server/routes.h"

#include <memory>
#include <string>

#include "base/hash.h"
#include "server/page/assets.h"

namespace sightline::server {

void add_page_routes(Router& router, Service&) {
  const auto add = [&](const char* path, const char* type, std::string_view text) {
    const auto body = std::make_shared<const std::string>(text);
    const std::string tag = "\"" + to_hex(Sha256().update(text).digest()).substr(0, 32) + "\"";
    router.add({"GET", path, RouteAccess::open, 0, [type, body, tag](const Call& call) {
                  HttpResponse out;
                  out.type = type;
                  out.shared_body = body;
                  if (call.request().header("if-none-match").find(tag) != std::string_view::npos)
                    out = {304, "", {}};
                  out.headers = {{"ETag", tag}, {"Cache-Control", "no-cache"}};
                  call.exchange->respond(std::move(out));
                }});
  };
  add("/", "text/html; charset=utf-8", web_index());
  add("/app.js", "text/javascript; charset=utf-8", web_script());
  add("/app.css", "text/css; charset=utf-8", web_style());
  add("/icon.svg", "image/svg+xml", web_icon());
}

}  // namespace sightline::server
