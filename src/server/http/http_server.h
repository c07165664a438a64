// An HTTP/1.1 server with bounded connections, sizes and times
// (docs/decisions/0056-http-library.md).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sightline::server {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

// A request. Given to HttpOptions::admit with an empty body, and to HttpOptions::handle complete.
struct HttpRequest {
  std::string method;
  std::string target;  // as sent, with the query string
  std::string
      path;  // percent-decoded; begins with '/'; UTF-8 without NUL, backslash and ".." segments
  NamedValues parameters;  // of the query string, decoded, in order; UTF-8 without NUL
  NamedValues headers;     // names in lower case
  std::string body;
  std::string peer;  // numeric address of the client, without its port

  // Returns the first header with this name (in lower case), "" if absent.
  std::string_view header(std::string_view lower_name) const;
  // Returns the first parameter with this name.
  std::optional<std::string> parameter(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string type = "application/json";  // Content-Type; "": none
  NamedValues headers = {};
  std::string body = {};
  std::shared_ptr<const std::string> shared_body = {};  // replaces body if set; not copied
};

// A complete request and its pending answer. If the last reference is released without respond(),
// the client receives 500. Thread-safe; may outlive the server.
class HttpExchange {
 public:
  struct State;  // private to the implementation
  explicit HttpExchange(std::unique_ptr<State> state);
  ~HttpExchange();
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  const HttpRequest& request() const;

  // Sends the answer. Only the first call has an effect. Does nothing if the client or the server
  // is gone.
  void respond(HttpResponse response);

  // Returns whether the answer can no longer be delivered: the client closed the connection or its
  // sending direction, or the server was stopped. Found out within about 0.1 s.
  bool abandoned() const;

 private:
  std::unique_ptr<State> state_;
};

struct HttpOptions {
  std::string address = "127.0.0.1";  // numeric IPv4 or IPv6 address
  std::uint16_t port = 0;             // 0: any free port
  int max_connections =
      512;  // when exceeded, the connection that has waited longest for a request is closed
  std::int64_t max_header_bytes = 32 << 10;  // request line and headers; 431 beyond

  // Totals in seconds, however steadily bytes arrive. A connection that exceeds one is closed.
  double header_timeout_s =
      10;  // from the connection to the end of the first head, and for later request lines to heads
  double body_timeout_s = 30;   // from the end of the head to the end of the body
  double write_timeout_s = 30;  // from respond() to the last byte accepted by the client's system
  double idle_timeout_s = 60;   // from an answer to the next request line

  // Called when a head is complete. Returns the largest accepted body in bytes, or the response
  // that refuses the request before its body is read. Larger bodies are answered with 413. Not set:
  // 0.
  std::function<std::variant<std::int64_t, HttpResponse>(const HttpRequest& head)> admit;
  // Called when a request is complete. Called, as `admit` and `log`, on the thread of all
  // connections, so it must not block. Exceptions of `admit` and `handle` are answered with 500.
  std::function<void(std::shared_ptr<HttpExchange>)> handle;
  // Called after each response, refused requests included. `bytes`: size of the response's body;
  // `seconds`: from the end of the head to the end of the response. Not called for malformed heads.
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
  std::shared_ptr<Implementation> implementation_;
};

}  // namespace sightline::server
