// The answer that a suspended connection waits for.
#pragma once

#include <mutex>
#include <optional>

#include "server/http/http_message.h"

struct MHD_Connection;

namespace sightline::server {

// Passes one answer from any thread to the connection thread. Thread-safe.
class PendingAnswer {
 public:
  explicit PendingAnswer(MHD_Connection* connection) : connection_(connection) {}

  enum class Outcome { waiting, answered, gone };
  // For the connection thread, while libmicrohttpd calls the request's handler. Moves an answer
  // into `response`; without one, suspends the connection until deliver() or abandon().
  Outcome take(HttpResponse& response);

  // Only the first answer counts; after abandon(), none.
  void deliver(HttpResponse response);
  // The client or the server is gone, or the connection has ended.
  void abandon();
  bool abandoned() const;

 private:
  void resume();

  mutable std::mutex mutex_;
  MHD_Connection* connection_;
  bool suspended_ = false, delivered_ = false, gone_ = false;
  std::optional<HttpResponse> response_;
};

}  // namespace sightline::server
