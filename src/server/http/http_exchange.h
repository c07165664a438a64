// A complete request and its pending answer.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "server/http/http_message.h"

namespace sightline::server {

// If the last reference is released without respond(), the client receives 500. Thread-safe; may
// outlive the server.
class HttpExchange {
 public:
  // `deliver` is called once, on the thread that answers. `abandoned` may be empty: never.
  HttpExchange(std::shared_ptr<const HttpRequest> request,
               std::function<void(HttpResponse)> deliver, std::function<bool()> abandoned = {});
  ~HttpExchange();
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  const HttpRequest& request() const { return *request_; }

  // Sends the answer. Only the first call has an effect. Does nothing if the client or the server
  // is gone.
  void respond(HttpResponse response);

  // Returns whether the answer can no longer be delivered: the client closed the connection or its
  // sending direction, or the server was stopped. Becomes known within about 0.1 s.
  bool abandoned() const;

 private:
  const std::shared_ptr<const HttpRequest> request_;
  const std::function<void(HttpResponse)> deliver_;
  const std::function<bool()> abandoned_;
  std::atomic<bool> responded_{false};
};

}  // namespace sightline::server
