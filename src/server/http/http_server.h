// An HTTP/1.1 server with bounded connections, sizes and times
// (docs/decisions/0056-http-library.md).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "server/http/http_exchange.h"
#include "server/http/http_message.h"

namespace sightline::server {

struct HttpOptions {
  std::string address = "127.0.0.1";  // numeric IPv4 or IPv6 address
  std::uint16_t port = 0;             // 0: any free port
  // Beyond it, the connection that has waited longest for a request is closed.
  int max_connections = 512;
  std::int64_t max_header_bytes = 32 << 10;  // request line and headers; 431 beyond
  // All bodies of requests that are not answered yet; 503 beyond.
  std::int64_t max_pending_body_bytes = 512 << 20;
  // All answers of more than 1 MiB that are not sent yet; 503 beyond. Those with a shared body,
  // which others keep, are not counted.
  std::int64_t max_pending_answer_bytes = 512 << 20;

  // Totals in seconds, however steadily bytes arrive. A connection that exceeds one is closed,
  // after 408 if it has sent a request line.
  // For the first head from the connection on, for later ones from the request line on.
  double header_timeout_s = 10;
  double body_timeout_s = 30;   // from the end of the head to the end of the body
  double write_timeout_s = 30;  // from the answer to its last byte accepted by the operating system
  double idle_timeout_s = 60;   // from an answer to the next request line
  // Adds declared size / rate to the times for body and answer, so that photos reach slow networks.
  double min_bytes_per_s = 64 << 10;

  // Returns the headers to add to the response of a request, those of this layer included, unless
  // it has them. Called, as the next functions, on the thread of all connections.
  std::function<NamedValues(const HttpRequest& request)> common_headers;

  // Called when a head is complete. Returns the largest accepted body in bytes, or the response
  // that refuses the request before its body is read. Larger bodies are answered with 413. Not set:
  // 0.
  std::function<std::variant<std::int64_t, HttpResponse>(const HttpRequest& head)> admit;
  // Called when a request is complete. Like `admit` and `log`, it is called on the thread of all
  // connections, so it must not block. Exceptions of `admit` and `handle` are answered with 500.
  std::function<void(std::shared_ptr<HttpExchange>)> handle;
  // Called after each response, refused requests included. `bytes`: size of the response's body;
  // `seconds`: from the end of the head to the end of the response. Status 499 and 0 bytes if the
  // client was gone before the end. Not called for heads that libmicrohttpd itself refuses.
  // `request.body` may be empty.
  std::function<void(const HttpRequest& request, int status, std::int64_t bytes, double seconds)>
      log;
};

struct HttpCounts {
  std::int64_t open = 0;         // connections now
  std::int64_t connections = 0;  // accepted since start
  std::int64_t refused = 0;      // closed because of max_connections
  std::int64_t timeouts = 0;     // closed because of a timeout
  std::int64_t requests = 0;     // heads received
};

class HttpServer {
 public:
  // Listens. Throws invalid_argument for an invalid address or option, and io if it cannot listen
  // there.
  explicit HttpServer(HttpOptions options);
  ~HttpServer();  // stop(0)
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;
  // Stops accepting connections and requests, waits up to `grace_s` seconds for the answers of
  // accepted requests, then closes all connections. Further calls do nothing. Not to be called by a
  // callback.
  void stop(double grace_s);
  HttpCounts counts() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace sightline::server
