// One HTTP request at a time, with libcurl; redirects are followed here, so that the token stays
// where it belongs.
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

struct HttpAnswer {
  int status = 0;
  Headers headers;
  std::string url;  // after redirects
  std::optional<std::string> header(const std::string& name) const;
};

// A failure that may pass: a broken connection, a timeout, 429, 5xx.
class TransientError : public Error {
 public:
  TransientError(const std::string& what, int64_t wait_ms = -1)
      : Error(ErrorCode::io, what), wait_ms_(wait_ms) {}
  int64_t wait_ms() const { return wait_ms_; }  // what the server asked for; -1: nothing

 private:
  int64_t wait_ms_;
};

// Gets the body of a 2xx answer, piece by piece; the first call comes after the headers.
// Other answers' bodies are dropped. May throw; the transfer then ends and the exception passes on.
using BodySink = std::function<void(const HttpAnswer& answer, std::string_view piece)>;
// Asked several times a second; true ends the transfer with Error{cancelled}.
using StopFn = std::function<bool()>;

// Not for several threads; connections are kept and used again.
class HttpClient {
 public:
  explicit HttpClient(const HubSettings& settings);
  ~HttpClient();

  // GET. The token goes with it while the address has the endpoint's origin (scheme, host, port)
  // and no redirect has left it. Throws TransientError where the transfer broke, io where it cannot
  // succeed (no such host scheme, redirects in a circle or from https to http), cancelled.
  HttpAnswer get(const std::string& url, const std::vector<std::string>& headers,
                 const BodySink& sink, const StopFn& stop = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// "https://host:443" of an address, in lower case and with its port; empty where it is none.
std::string origin_of(const std::string& url);

// Calls `request` until it ends without TransientError. Between attempts it waits as long as the
// server asks (at most five minutes), else settings.first_wait_ms, doubling. `progress_mark` tells
// whether an attempt got anywhere: attempts count from the last change of its value.
void with_retries(const HubSettings& settings, const StopFn& stop,
                  const std::function<int64_t()>& progress_mark,
                  const std::function<void()>& request);

}  // namespace sightline::hub
