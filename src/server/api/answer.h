// Answers to calls, on worker threads, with problem documents for errors.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <string>

#include "server/router.h"
#include "server/service.h"

namespace sightline::server {
// Runs `make` on a worker thread and answers with its response, or with the problem document of its
// exception; at once with 503 if too many requests wait.
void answer_later(Service& service, const Call& call, std::function<HttpResponse()> make);
// Adds a route whose requests are answered by answer_later.
struct LaterRoute {
  std::string method, pattern;
  RouteAccess access = RouteAccess::read;
  int64_t max_body = 0;  // bytes
  std::function<HttpResponse(const Call&)> make;
};
void add_later(Router& router, Service& service, LaterRoute route);
// Returns the response of `make`, which takes seconds; 503 if as much as possible of such work
// runs.
HttpResponse after_long_work(Service& service, const std::function<HttpResponse()>& make);
// Runs `start`, which parses the request and passes it on to a queue. On this thread if the body is
// small; otherwise on a worker thread, because parsing 64 MB takes seconds, for which all
// connections would wait. An exception is answered with its problem document.
void start_answer(Service& service, const Call& call, std::function<void()> start);
// As answer_later, on this thread.
void answer_now(Service& service, const Call& call, const std::function<HttpResponse()>& make);
// Runs `start`, which answers or passes the request on. An exception is answered with its problem
// document.
void answer_errors(Service& service, const Call& call, const std::function<void()>& start);
// The problem document of an exception; internal errors go to the event log.
HttpResponse problem_of_exception(Service& service, std::exception_ptr error);
HttpResponse busy();

}  // namespace sightline::server
