// HTTP client based on libcurl. Follows redirects itself, so that the token is sent only to the
// endpoint.
#pragma once

#include <sightline/error.h>
#include <sightline/hub.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sightline::hub {

using Headers = std::map<std::string, std::string>;  // names in lower case

// Status and headers of a response.
struct HttpResponse {
  int status = 0;
  Headers headers;
  std::string url;  // after redirects
  std::optional<std::string> header(const std::string& name) const;
};

// An error after which a retry may succeed: broken connection, timeout, 429, 5xx.
class TransientError : public Error {
 public:
  TransientError(const std::string& what, int64_t wait_ms = -1)
      : Error(ErrorCode::io, what), wait_ms_(wait_ms) {}
  int64_t wait_ms() const { return wait_ms_; }  // requested by the server; -1: none

 private:
  int64_t wait_ms_;
};

// Receives the body of a 2xx response piece by piece, after the headers. Bodies of other responses
// are discarded. An exception ends the transfer and is rethrown to the caller.
using BodySink = std::function<void(const HttpResponse& response, std::string_view piece)>;
// Called several times per second; returning true ends the operation with Error{cancelled}.
using StopFn = std::function<bool()>;

// Sends one request at a time and reuses connections. Not thread-safe.
class HttpClient {
 public:
  explicit HttpClient(const HubSettings& settings);
  ~HttpClient();

  // Sends a GET request. The token is included as long as the URL has the endpoint's origin
  // (scheme, host, port) and no redirect has left it. Throws TransientError if the transfer fails;
  // io if it cannot succeed (unsupported scheme, too many redirects, redirect from https to http);
  // cancelled.
  HttpResponse get(const std::string& url, const std::vector<std::string>& headers,
                   const BodySink& sink, const StopFn& stop = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Returns the origin of a URL in lower case, including the port ("https://host:443"), or an empty
// string if the URL is invalid.
std::string url_origin(const std::string& url);

}  // namespace sightline::hub
