#include "server/api/answer.h"

#include <sightline/error.h>

#include "server/http/problem.h"

namespace sightline::server {

HttpResponse busy() {
  HttpResponse out = problem(503, "", "the server is busy; try again soon");
  out.headers.emplace_back("Retry-After", "1");
  return out;
}

HttpResponse problem_of_exception(Service& service, std::exception_ptr error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& known) {
    if (known.code() == ErrorCode::cancelled) return busy();
    if (http_status(known.code()) >= 500) service.log_event(known.what());
    std::string detail = known.what();
    if (!service.options().show_paths) detail = service.library().view().paths->in_message(detail);
    return problem_of(Error(known.code(), detail));
  } catch (const std::exception& unknown) {
    service.log_event(unknown.what());
  }
  return problem(500, "", "the server failed; its log has the reason");
}

void answer_now(Service& service, const Call& call, const std::function<HttpResponse()>& make) {
  HttpResponse response;
  try {
    response = make();
  } catch (...) {
    response = problem_of_exception(service, std::current_exception());
  }
  call.exchange->respond(std::move(response));
}

void answer_later(Service& service, const Call& call, std::function<HttpResponse()> make) {
  const bool added = service.add(
      [&service, call, make = std::move(make)] {
        if (!call.exchange->abandoned()) answer_now(service, call, make);
      },
      [call] { call.exchange->respond(busy()); });
  if (!added) call.exchange->respond(busy());
}

}  // namespace sightline::server
