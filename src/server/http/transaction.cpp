#include "server/http/transaction.h"

#include <microhttpd.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "server/http/framing.h"
#include "server/http/problem.h"
#include "server/http/target.h"
#include "server/http/wire.h"

namespace sightline::server {
namespace {

constexpr std::int64_t kReservedBody = 1
                                       << 20;  // beyond it, a body is allocated only as it arrives

HttpResponse too_large(std::int64_t limit) {
  return problem(413, "",
                 message("The body is larger than the ", limit, " bytes that are accepted here."));
}

HttpResponse overloaded(const char* reason) {
  HttpResponse response = problem(503, "", message(reason, "; try again soon."));
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

constexpr const char* kManyUploads = "Too many uploads are being received";
constexpr const char* kManyAnswers = "Too many answers have not been read by their clients yet";

HttpResponse failed() {
  return problem(500, "", "The request failed because of an internal error.");
}

}  // namespace

Transaction::Transaction(ServerState& server, ConnectionWatch::Connection& connection,
                         std::string_view target)
    : server_(server),
      connection_(connection),
      target_(target),
      held_(std::make_shared<HeldRequest>(server.budget)),
      answer_lease_(server.answer_budget) {
  server_.watch.request_line_received(connection_);
}

Transaction::~Transaction() {
  if (pending_) pending_->abandon();
}

bool Transaction::head_received(MHD_Connection* handle, const char* method, const char* version) {
  has_head_ = true;
  head_time_ = ConnectionWatch::Clock::now();
  std::optional<HttpResponse> refused = refusal(handle, method, version);
  if (!refused) refused = refusal_by_application();
  const bool body = !malformed_ && has_body(held_->request);
  if (refused && (malformed_ || body)) return refuse_at_head(handle, std::move(*refused));
  refusal_ = std::move(refused);
  if (body) {
    server_.watch.enter(connection_, ConnectionStage::body,
                        content_length(held_->request).value_or(0));
  }
  return true;
}

// Checks the head by itself.
std::optional<HttpResponse> Transaction::refusal(MHD_Connection* handle, const char* method,
                                                 const char* version) {
  HttpRequest& request = held_->request;
  malformed_ = true;
  request.target = target_;
  request.peer = connection_.peer;
  if (!read_head(handle, method, request)) {
    return problem(
        400, "",
        "A line of the request's head contains NUL, is continued or does not end with CR LF.");
  }
  if (const auto found = find_head_problem(request, version))
    return problem(found->status, "", found->detail);
  const auto* info = MHD_get_connection_info(handle, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  const std::int64_t limit = server_.options.max_header_bytes;
  if (!info || info->header_size > static_cast<size_t>(limit)) {
    return problem(431, "",
                   message("The request line and headers are larger than ", limit, " bytes."));
  }
  try {
    parse_target(target_, request);
  } catch (const Error& error) {
    return problem_of(error);
  }
  malformed_ = false;
  return std::nullopt;
}

// Asks the application, and applies its limit to the declared length.
std::optional<HttpResponse> Transaction::refusal_by_application() {
  HttpRequest& request = held_->request;
  try {
    if (server_.options.admit) {
      auto admitted = server_.options.admit(request);
      if (auto* const response = std::get_if<HttpResponse>(&admitted)) return std::move(*response);
      body_limit_ = std::get<std::int64_t>(admitted);
    }
  } catch (...) {
    return failed();
  }
  const std::int64_t length = content_length(request).value_or(0);
  if (length > body_limit_) return too_large(body_limit_);
  if (!held_->lease.extend_to(length)) return overloaded(kManyUploads);
  request.body.reserve(static_cast<size_t>(std::min(length, kReservedBody)));
  return std::nullopt;
}

// libmicrohttpd closes the connection after an answer to a head.
bool Transaction::refuse_at_head(MHD_Connection* handle, HttpResponse response) {
  server_.watch.answered_early(connection_);
  return send(handle, std::move(response));
}

// Answers while libmicrohttpd accepts no response. Always returns false.
bool Transaction::refuse_directly(HttpResponse response) {
  add_common_headers(response);
  server_.watch.answered_early(connection_);
  send_response(connection_.socket, response);
  status_ = response.status;
  bytes_ = static_cast<std::int64_t>(response.body.size());
  direct_ = true;
  return false;
}

bool Transaction::body_received(std::string_view bytes) {
  std::string& body = held_->request.body;
  const auto size = static_cast<std::int64_t>(body.size() + bytes.size());
  if (server_.watch.timed_out(connection_))
    return refuse_directly(problem(408, "", "The body arrived too slowly."));
  if (size > body_limit_) return refuse_directly(too_large(body_limit_));
  if (!held_->lease.extend_to(size)) return refuse_directly(overloaded(kManyUploads));
  body.append(bytes);
  return true;
}

bool Transaction::request_received(MHD_Connection* handle) {
  if (refusal_) return send(handle, std::move(*refusal_));
  if (!pending_) dispatch(handle);
  HttpResponse response;
  switch (pending_->take(response)) {
    case PendingAnswer::Outcome::waiting:
      return true;
    case PendingAnswer::Outcome::answered:
      return send(handle, std::move(response));
    case PendingAnswer::Outcome::gone:
      return false;
  }
  return false;
}

void Transaction::dispatch(MHD_Connection* handle) {
  pending_ = std::make_shared<PendingAnswer>(handle);
  auto exchange = std::make_shared<HttpExchange>(
      std::shared_ptr<const HttpRequest>(held_, &held_->request),
      [pending = pending_](HttpResponse response) { pending->deliver(std::move(response)); },
      [pending = pending_] { return pending->abandoned(); });
  server_.watch.enter(connection_, ConnectionStage::handling, 0, pending_);
  try {
    // An exchange that is released without an answer answers 500.
    if (server_.options.handle) server_.options.handle(std::move(exchange));
  } catch (...) {
    pending_->deliver(failed());
  }
}

void Transaction::add_common_headers(HttpResponse& response) {
  if (server_.options.common_headers)
    add_headers(server_.options.common_headers(held_->request), response);
}

bool Transaction::send(MHD_Connection* handle, HttpResponse response) {
  if (!answer_lease_.extend_to(static_cast<std::int64_t>(response.content().size())))
    response = overloaded(kManyAnswers);
  add_common_headers(response);
  status_ = response.status;
  if (held_->request.method != "HEAD")
    bytes_ = static_cast<std::int64_t>(response.content().size());
  server_.watch.enter(connection_, ConnectionStage::writing, bytes_);
  return queue_response(handle, std::move(response), server_.draining || malformed_);
}

void Transaction::ended(bool complete, bool by_client) {
  if (by_client && status_ == 0 && server_.watch.timed_out(connection_)) {
    refuse_directly(problem(408, "", "The request was not complete in time."));
  }
  server_.watch.enter(connection_, ConnectionStage::idle);
  if (!has_head_ || !server_.options.log) return;
  const bool sent = status_ != 0 && (complete || direct_);
  const std::chrono::duration<double> time = ConnectionWatch::Clock::now() - head_time_;
  try {
    server_.options.log(held_->request, sent ? status_ : 499, sent ? bytes_ : 0, time.count());
  } catch (...) {  // must not reach libmicrohttpd
  }
}

}  // namespace sightline::server
