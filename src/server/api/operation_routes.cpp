// /healthz, /readyz, /metrics and /openapi.json
#include <sightline/error.h>

#include "server/api/answer.h"
#include "server/api/openapi.h"
#include "server/api/request_values.h"
#include "server/http/problem.h"
#include "server/routes.h"

namespace sightline::server {
namespace {

HttpResponse health_response(Service& service) {
  try {
    return json_response({{"status", "ok"}, {"encode_ms", service.check_health()}});
  } catch (const std::exception& error) {
    service.log_event(std::string("the health check failed: ") + error.what());
    return problem(503, "", "the model cannot encode a text; the log has the reason");
  }
}

HttpResponse metrics_response(Service& service) {
  Gauge waiting = service.metrics().gauge("sightline_queue_length", "Requests that wait.");
  waiting.set({{"queue", "search"}}, static_cast<double>(service.searches().waiting()));
  waiting.set({{"queue", "other"}}, static_cast<double>(service.waiting()));
  HttpResponse out;
  out.type = kMetricsType;
  out.body = service.metrics().text();
  return out;
}

}  // namespace

void add_operation_routes(Router& router, Service& service) {
  router.add({"GET", "/healthz", RouteAccess::open, 0, [&service](const Call& call) {
                const bool added = service.add_health_check([&service, call] {
                  answer_now(service, call, [&] { return health_response(service); });
                });
                if (!added) call.exchange->respond(busy());
              }});
  router.add({"GET", "/readyz", RouteAccess::open, 0, [&service](const Call& call) {
                const bool added = service.add_health_check([&service, call] {
                  answer_now(service, call, [&] {
                    service.library().view();
                    return json_response({{"status", "ready"}});
                  });
                });
                if (!added) call.exchange->respond(busy());
              }});
  router.add({"GET", "/metrics", RouteAccess::read, 0, [&service](const Call& call) {
                answer_now(service, call, [&] { return metrics_response(service); });
              }});
  router.add({"GET", "/openapi.json", RouteAccess::open, 0, [](const Call& call) {
                HttpResponse out;
                out.body = openapi_document();
                call.exchange->respond(std::move(out));
              }});
}

}  // namespace sightline::server
