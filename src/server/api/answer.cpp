#include "server/api/answer.h"

#include <sightline/error.h>

#include <charconv>
#include <filesystem>
#include <memory>
#include <semaphore>

#include "base/path_id.h"
#include "server/http/problem.h"

namespace sightline::server {
namespace {

constexpr size_t kSmallBody = 64 << 10;  // bytes

// {"column": N} of the message of a syntax error, "column N of the query: …"; else empty.
nlohmann::json column_of(std::string_view detail) {
  constexpr std::string_view kBegin = "column ", kAfter = " of the query: ";
  nlohmann::json members = nlohmann::json::object();
  if (!detail.starts_with(kBegin)) return members;
  detail.remove_prefix(kBegin.size());
  int64_t column = 0;
  const char* const last = detail.data() + detail.size();
  const auto [end, error] = std::from_chars(detail.data(), last, column);
  if (error == std::errc() && std::string_view(end, last).starts_with(kAfter))
    members["column"] = column;
  return members;
}

// Whether an error is about the library or a file in its folder, which no client has sent.
bool is_of_library(Service& service, const Error& error) {
  const ErrorCode code = error.code();
  const std::string_view text = error.what();
  if (code == ErrorCode::not_found) {
    if (text.starts_with("there is no library in ")) return true;
    if (!text.starts_with("cannot open ") && !text.starts_with("there is no database "))
      return false;
  } else if (code != ErrorCode::invalid_data && code != ErrorCode::unsupported) {
    return false;
  }
  for (const std::filesystem::path& folder :
       {service.options().library, service.library().library().path()})
    if (text.find("'" + path_id(folder) + "/") != text.npos) return true;
  return false;
}

}  // namespace

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
    if (is_of_library(service, known)) {
      service.log_event(known.what());
      return problem_of(Error(ErrorCode::io, known.what()));
    }
    const int status = http_status(known.code());
    if (status >= 500) {
      service.log_event(known.what());
      return problem_of(known);
    }
    const std::string detail = service.library().last_paths()->in_message(known.what());
    return problem(status, "", detail, column_of(detail));
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

void answer_errors(Service& service, const Call& call, const std::function<void()>& start) {
  try {
    start();
  } catch (...) {
    call.exchange->respond(problem_of_exception(service, std::current_exception()));
  }
}

void answer_later(Service& service, const Call& call, std::function<HttpResponse()> make) {
  const bool added = service.add(
      [&service, call, make = std::move(make)] {
        if (!call.exchange->abandoned()) answer_now(service, call, make);
      },
      [call] { call.exchange->respond(busy()); });
  if (!added) call.exchange->respond(busy());
}

void start_answer(Service& service, const Call& call, std::function<void()> start) {
  const auto run = [&service, call, start = std::move(start)] {
    answer_errors(service, call, start);
  };
  if (call.request().body.size() <= kSmallBody) return run();
  const bool added = service.add(
      [call, run] {
        if (!call.exchange->abandoned()) run();
      },
      [call] { call.exchange->respond(busy()); });
  if (!added) call.exchange->respond(busy());
}

HttpResponse after_long_work(Service& service, const std::function<HttpResponse()>& make) {
  if (!service.long_work().try_acquire()) return busy();
  const std::unique_ptr<std::counting_semaphore<>, void (*)(std::counting_semaphore<>*)> held(
      &service.long_work(), [](std::counting_semaphore<>* work) { work->release(); });
  return make();
}

void add_later(Router& router, Service& service, LaterRoute route) {
  router.add({std::move(route.method), std::move(route.pattern), route.access, route.max_body,
              [&service, make = std::move(route.make)](const Call& call) {
                answer_later(service, call, [call, make] { return make(call); });
              }});
}

}  // namespace sightline::server
