// Answers to calls, on worker threads, with problem documents for errors.
#pragma once

#include <exception>
#include <functional>

#include "server/router.h"
#include "server/service.h"

namespace sightline::server {

// Runs `make` on a worker thread and answers with its response, or with the problem document of its
// exception; at once with 503 if too many requests wait.
void answer_later(Service& service, const Call& call, std::function<HttpResponse()> make);
// Likewise on this thread.
void answer_now(Service& service, const Call& call, const std::function<HttpResponse()>& make);
// The problem document of an exception; internal errors go to the event log.
HttpResponse problem_of_exception(Service& service, std::exception_ptr error);
HttpResponse busy();

}  // namespace sightline::server
