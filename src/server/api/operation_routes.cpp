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

HttpResponse ready_response(Service& service) {
  service.library().view();
  return json_response({{"status", "ready"}});
}

void set_connections(Metrics& metrics, const HttpCounts& counts) {
  metrics.gauge("sightline_connections", "Open connections.").set(static_cast<double>(counts.open));
  metrics.counter("sightline_connections_total", "Connections accepted.")
      .raise_to({}, static_cast<double>(counts.connections));
  Counter closed = metrics.counter("sightline_connections_closed_total",
                                   "Connections that the server closed or refused, by reason.");
  closed.raise_to({{"reason", "limit"}}, static_cast<double>(counts.refused));
  closed.raise_to({{"reason", "timeout"}}, static_cast<double>(counts.timeouts));
}

HttpResponse metrics_response(Service& service, const HttpCounts& connections) {
  set_connections(service.metrics(), connections);
  Gauge waiting = service.metrics().gauge("sightline_queue_length", "Requests that wait.");
  waiting.set({{"queue", "search"}}, static_cast<double>(service.searches().waiting()));
  waiting.set({{"queue", "embedding"}}, static_cast<double>(service.embeddings().waiting()));
  waiting.set({{"queue", "explanation"}}, static_cast<double>(service.explanations().waiting()));
  waiting.set({{"queue", "other"}}, static_cast<double>(service.waiting()));
  HttpResponse out;
  out.type = kMetricsType;
  out.body = service.metrics().text();
  return out;
}

}  // namespace

void add_operation_routes(Router& router, Service& service,
                          std::function<HttpCounts()> connections) {
  const auto add_check = [&](const char* path, HttpResponse (*make)(Service&)) {
    router.add({"GET", path, RouteAccess::open, 0, [&service, make](const Call& call) {
                  const bool added = service.add_health_check([&service, call, make] {
                    answer_now(service, call, [&] { return make(service); });
                  });
                  if (!added) call.exchange->respond(busy());
                }});
  };
  add_check("/healthz", health_response);
  add_check("/readyz", ready_response);
  router.add({"GET", "/metrics", RouteAccess::read, 0,
              [&service, connections = std::move(connections)](const Call& call) {
                answer_now(service, call, [&] { return metrics_response(service, connections()); });
              }});
  router.add({"GET", "/openapi.json", RouteAccess::open, 0, [](const Call& call) {
                HttpResponse out;
                out.body = openapi_document();
                call.exchange->respond(std::move(out));
              }});
}

}  // namespace sightline::server
