#include <arpa/inet.h>
#include <sightline/error.h>
#include <sightline/server.h>

#include <atomic>
#include <mutex>
#include <utility>

#include "base/time_text.h"
#include "server/access_log.h"
#include "server/http/http_server.h"
#include "server/http/problem.h"
#include "server/router.h"
#include "server/routes.h"
#include "server/service.h"

namespace sightline {

using namespace server;

namespace {

Router router_of(Service& service, std::function<HttpCounts()> connections) {
  Router router;
  add_page_routes(router, service);
  add_session_routes(router, service);
  add_search_routes(router, service);
  add_item_routes(router, service);
  add_explanation_routes(router, service);
  add_overview_routes(router, service);
  add_index_routes(router, service);
  add_feedback_routes(router, service);
  add_judging_routes(router, service);
  add_report_routes(router, service);
  add_operation_routes(router, service, std::move(connections));
  add_openai_routes(router, service);
  add_immich_routes(router, service);
  add_clip_retrieval_routes(router, service);
  return router;
}

void check_options(const ServerOptions& options) {
  const auto positive = [](const char* name, double value) {
    if (!(value > 0))
      throw Error(ErrorCode::invalid_argument, name, " is ", value, "; expected a number above 0");
  };
  positive("the largest size of a request", static_cast<double>(options.max_upload_bytes));
  positive("the number of connections", options.max_connections);
  positive("the length of the queue", options.queue_length);
  positive("the time in the queue", options.queue_seconds);
  positive("the size of a batch", options.max_batch);
  positive("the time for a head", options.header_seconds);
  positive("the time for a body", options.body_seconds);
  positive("the time for an answer", options.write_seconds);
  positive("the time of an idle connection", options.idle_seconds);
}

HttpResponse no_route(const RouteMatch& match, const HttpRequest& head) {
  if (match.allowed.empty())
    return problem(404, "", "there is nothing at this path; /openapi.json lists the API");
  HttpResponse out = problem(405, "", "this path does not accept " + head.method);
  out.headers.emplace_back("Allow", match.allowed);
  return out;
}

}  // namespace

struct Server::Impl {
  explicit Impl(ServerOptions given)
      : options(std::move(given)),
        service((check_options(options), options)),
        router(router_of(service, [this] { return counts(); })),
        requests(service.metrics().counter("sightline_http_requests_total", "Requests answered.")),
        seconds(service.metrics().histogram("sightline_http_seconds",
                                            "Time from the head of a request to its answer.",
                                            duration_bounds())),
        http(http_options()) {
    listening = &http;
    if (options.watch) service.indexing().start(true);
  }
  ~Impl() { stop(0); }

  HttpOptions http_options() {
    HttpOptions out;
    out.address = options.address;
    out.port = options.port;
    out.max_connections = options.max_connections;
    out.header_timeout_s = options.header_seconds;
    out.body_timeout_s = options.body_seconds;
    out.write_timeout_s = options.write_seconds;
    out.idle_timeout_s = options.idle_seconds;
    out.admit = [this](const HttpRequest& head) { return admit(head); };
    out.handle = [this](std::shared_ptr<HttpExchange> exchange) { handle(std::move(exchange)); };
    out.common_headers = [this](const HttpRequest& request) {
      return service.access().protecting_headers(request);
    };
    out.log = [this](const HttpRequest& request, int status, int64_t bytes, double time) {
      log(request, status, bytes, time);
    };
    return out;
  }

  // Requests may come before `http` is complete.
  HttpCounts counts() const {
    const HttpServer* const server = listening;
    return server == nullptr ? HttpCounts{} : server->counts();
  }

  // Before the body is read.
  std::variant<int64_t, HttpResponse> admit(const HttpRequest& head) const {
    if (auto answer = service.access().preflight(head)) return std::move(*answer);
    const RouteMatch match = router.match(head.method, head.path);
    const RouteAccess access = match.route == nullptr ? RouteAccess::open : match.route->access;
    if (auto refusal = service.access().refusal(head, access)) return std::move(*refusal);
    if (match.route == nullptr) return no_route(match, head);
    return match.route->max_body;
  }

  void handle(std::shared_ptr<HttpExchange> exchange) const {
    const HttpRequest& request = exchange->request();
    RouteMatch match = router.match(request.method, request.path);
    if (match.route == nullptr) return exchange->respond(no_route(match, request));
    match.route->answer({std::move(exchange), std::move(match.values)});
  }

  void log(const HttpRequest& request, int status, int64_t bytes, double time) {
    const std::string route = router.pattern_of(request.method, request.path);
    requests.add({{"route", route}, {"status", std::to_string(status)}});
    seconds.observe({{"route", route}}, time);
    if (options.access_log)
      options.access_log(access_log_line(request, route, status, bytes, time, options.log_queries));
  }

  void stop(double grace_s) {
    const std::lock_guard lock(stop_mutex);
    if (stopped) return;
    stopped = true;
    http.stop(grace_s);
    service.stop();
  }

  const ServerOptions options;
  Service service;
  const Router router;
  Counter requests;
  Histogram seconds;
  std::atomic<const HttpServer*> listening = nullptr;
  HttpServer http;
  std::mutex stop_mutex;
  bool stopped = false;
};

Server::Server(ServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Server::~Server() = default;

uint16_t Server::port() const {
  return impl_->http.port();
}

std::string Server::url() const {
  const std::string& address = impl_->options.address;
  const bool v6 = address.find(':') != std::string::npos;
  return "http://" + (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port()) + "/";
}

void Server::stop(double grace_s) {
  impl_->stop(grace_s);
}

}  // namespace sightline
