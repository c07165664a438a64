// One request on its connection, from the request line to the end of its response.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/http/body_budget.h"
#include "server/http/connection_watch.h"
#include "server/http/http_server.h"
#include "server/http/pending_answer.h"

struct MHD_Daemon;

namespace sightline::server {

// State that the requests of a server share.
struct ServerState {
  explicit ServerState(HttpOptions given)
      : options(std::move(given)),
        budget(std::make_shared<BodyBudget>(options.max_pending_body_bytes)),
        answer_budget(std::make_shared<BodyBudget>(options.max_pending_answer_bytes)),
        watch(options) {}

  const HttpOptions options;
  const std::shared_ptr<BodyBudget> budget, answer_budget;
  ConnectionWatch watch;
  std::atomic<bool> draining{false};
  std::atomic<MHD_Daemon*> to_quiesce{nullptr};  // set when it is to stop accepting connections
};

// Used on the connection thread only. The functions return false if the connection must be closed.
class Transaction {
 public:
  // target: as received, before libmicrohttpd decodes it
  Transaction(ServerState& server, ConnectionWatch::Connection& connection,
              std::string_view target);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  bool has_head() const { return has_head_; }
  bool head_received(MHD_Connection* handle, const char* method, const char* version);
  bool body_received(std::string_view bytes);
  // Called when the request is complete, and again when its answer has been delivered.
  bool request_received(MHD_Connection* handle);
  // `complete`: whether the response was sent; `by_client`: whether input ended before.
  void ended(bool complete, bool by_client);

 private:
  struct HeldRequest {
    explicit HeldRequest(std::shared_ptr<BodyBudget> budget) : lease(std::move(budget)) {}
    BodyLease lease;
    HttpRequest request;
  };

  std::optional<HttpResponse> refusal(MHD_Connection* handle, const char* method,
                                      const char* version);
  std::optional<HttpResponse> refusal_by_application();
  bool refuse_at_head(MHD_Connection* handle, HttpResponse response);
  bool refuse_directly(HttpResponse response);
  void add_common_headers(HttpResponse& response);
  bool send(MHD_Connection* handle, HttpResponse response);
  void dispatch(MHD_Connection* handle);

  ServerState& server_;
  ConnectionWatch::Connection& connection_;
  const std::string target_;
  const std::shared_ptr<HeldRequest> held_;
  ConnectionWatch::Clock::time_point head_time_;
  bool has_head_ = false, malformed_ = false;
  std::int64_t body_limit_ = 0;
  std::optional<HttpResponse> refusal_;  // of a request without a body, sent when it is complete
  std::shared_ptr<PendingAnswer> pending_;
  BodyLease answer_lease_;
  int status_ = 0;  // 0: not answered yet
  std::int64_t bytes_ = 0;
  bool direct_ = false;  // answered by refuse_directly()
};

}  // namespace sightline::server
