#include "hub/http.h"

#include <curl/curl.h>
#include <sightline/version.h>

#include <cstdlib>
#include <exception>

#include "base/text.h"
#include "hub/text.h"

namespace sightline::hub {
namespace {

constexpr int kMaxRedirects = 10;
constexpr size_t kMaxHeaderBytes = 256 << 10;

struct CurlGlobal {
  CurlGlobal() { ::curl_global_init(CURL_GLOBAL_DEFAULT); }
};

struct UrlDeleter {
  void operator()(CURLU* url) const { ::curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlDeleter>;

std::string url_part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (::curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return "";
  std::string result = text;
  ::curl_free(text);
  return result;
}

Url parse_url(const std::string& text) {
  Url url(::curl_url());
  if (::curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return nullptr;
  return url;
}

// Resolves a redirect relative to `base`. Returns an empty string if the result is not a URL.
std::string resolve_location(const std::string& base, const std::string& location) {
  const Url url = parse_url(base);
  if (!url || ::curl_url_set(url.get(), CURLUPART_URL, location.c_str(), 0) != CURLUE_OK) return "";
  char* text = nullptr;
  if (::curl_url_get(url.get(), CURLUPART_URL, &text, 0) != CURLUE_OK) return "";
  std::string result = text;
  ::curl_free(text);
  return result;
}

// State shared by the callbacks of a transfer.
struct Transfer {
  CURL* handle = nullptr;
  HttpResponse response;
  const BodySink* sink = nullptr;
  const StopFn* stop = nullptr;
  std::exception_ptr failure;
  bool stopped = false;
  size_t header_bytes = 0;
};

size_t on_header(char* data, size_t, size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.header_bytes += size;
  if (transfer.header_bytes > kMaxHeaderBytes) return 0;
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) {  // also for preceding responses (100 Continue, of a proxy)
    transfer.response.headers.clear();
  } else if (const size_t colon = line.find(':'); colon != line.npos) {
    transfer.response.headers[lower(line.substr(0, colon))] =
        std::string(trimmed(line.substr(colon + 1)));
  }
  return size;
}

size_t on_body(char* data, size_t, size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  long status = 0;
  ::curl_easy_getinfo(transfer.handle, CURLINFO_RESPONSE_CODE, &status);
  transfer.response.status = static_cast<int>(status);
  if (status / 100 != 2) return size;
  try {
    (*transfer.sink)(transfer.response, std::string_view(data, size));
    return size;
  } catch (...) {
    transfer.failure = std::current_exception();
    return 0;
  }
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& transfer = *static_cast<Transfer*>(user);
  try {
    transfer.stopped = *transfer.stop && (*transfer.stop)();
  } catch (...) {
    transfer.failure = std::current_exception();
    return 1;
  }
  return transfer.stopped ? 1 : 0;
}

class HeaderList {
 public:
  ~HeaderList() { ::curl_slist_free_all(list_); }
  void add(const std::string& line) { list_ = ::curl_slist_append(list_, line.c_str()); }
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

// Returns whether a retry may succeed.
bool is_transient(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_WEIRD_SERVER_REPLY:
      return true;
    default:
      return false;
  }
}

const char* certificate_file() {
  for (const char* name : {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  }
  return nullptr;
}

}  // namespace

std::optional<std::string> HttpResponse::header(const std::string& name) const {
  const auto found = headers.find(name);
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

std::string url_origin(const std::string& text) {
  const Url url = parse_url(text);
  if (!url) return "";
  return lower(url_part(url.get(), CURLUPART_SCHEME)) + "://" +
         lower(url_part(url.get(), CURLUPART_HOST)) + ":" + url_part(url.get(), CURLUPART_PORT);
}

struct HttpClient::State {
  HubSettings settings;
  std::string origin;
  CURL* handle = nullptr;
  char error[CURL_ERROR_SIZE] = {};

  HttpResponse get_once(const std::string& url, bool with_token,
                        const std::vector<std::string>& extra, const BodySink& sink,
                        const StopFn& stop);
  [[noreturn]] void fail(CURLcode code, const std::string& url) const;
};

HttpClient::HttpClient(const HubSettings& settings) : state_(std::make_unique<State>()) {
  static const CurlGlobal global;
  state_->settings = settings;
  state_->origin = url_origin(settings.endpoint);
  state_->handle = ::curl_easy_init();
  if (state_->handle == nullptr)
    throw Error(ErrorCode::internal, "libcurl could not be initialized");
}

HttpClient::~HttpClient() {
  ::curl_easy_cleanup(state_->handle);
}

void HttpClient::State::fail(CURLcode code, const std::string& url) const {
  std::string reason = error[0] != '\0' ? printable(error) : ::curl_easy_strerror(code);
  if (code == CURLE_OPERATION_TIMEDOUT) {
    reason = "nothing received for " + std::to_string(settings.timeout_seconds) + " s";
  }
  const std::string what = "the connection to " + url_origin(url) + " failed: " + reason;
  if (is_transient(code)) throw TransientError(what);
  throw Error(ErrorCode::io, what);
}

HttpResponse HttpClient::State::get_once(const std::string& url, bool with_token,
                                         const std::vector<std::string>& extra,
                                         const BodySink& sink, const StopFn& stop) {
  Transfer transfer;
  transfer.handle = handle;
  transfer.sink = &sink;
  transfer.stop = &stop;
  transfer.response.url = url;
  HeaderList headers;
  headers.add("Accept-Encoding: identity");  // so that sizes and ranges refer to the file itself
  if (with_token) headers.add("Authorization: Bearer " + settings.token);
  for (const auto& line : extra) headers.add(line);

  ::curl_easy_reset(handle);
  error[0] = '\0';
  const auto set = [this](CURLoption option, auto value) {
    ::curl_easy_setopt(handle, option, value);
  };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_ERRORBUFFER, error);
  set(CURLOPT_HTTPHEADER, headers.get());
  set(CURLOPT_USERAGENT, (std::string("sightline/") + kVersion).c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_BUFFERSIZE, 256L << 10);
  set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(settings.timeout_seconds));
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(settings.timeout_seconds));
  set(CURLOPT_HEADERFUNCTION, on_header);
  set(CURLOPT_HEADERDATA, &transfer);
  set(CURLOPT_WRITEFUNCTION, on_body);
  set(CURLOPT_WRITEDATA, &transfer);
  set(CURLOPT_XFERINFOFUNCTION, on_progress);
  set(CURLOPT_XFERINFODATA, &transfer);
  set(CURLOPT_NOPROGRESS, 0L);
  if (const char* file = certificate_file()) set(CURLOPT_CAINFO, file);

  const CURLcode code = ::curl_easy_perform(handle);
  if (transfer.failure) std::rethrow_exception(transfer.failure);
  if (transfer.stopped) throw Error(ErrorCode::cancelled, "the download was stopped");
  if (code != CURLE_OK) fail(code, url);
  long status = 0;
  ::curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  transfer.response.status = static_cast<int>(status);
  return std::move(transfer.response);
}

HttpResponse HttpClient::get(const std::string& start, const std::vector<std::string>& headers,
                             const BodySink& sink, const StopFn& stop) {
  std::string url = start;
  bool send_token = !state_->settings.token.empty();
  for (int i = 0; i <= kMaxRedirects; ++i) {
    // After a redirect to another origin, the token is not sent again.
    send_token = send_token && url_origin(url) == state_->origin;
    HttpResponse response = state_->get_once(url, send_token, headers, sink, stop);
    const bool redirect = response.status == 301 || response.status == 302 ||
                          response.status == 303 || response.status == 307 ||
                          response.status == 308;
    if (!redirect) return response;
    const std::string next = resolve_location(url, response.header("location").value_or(""));
    const bool http = next.starts_with("http://"), https = next.starts_with("https://");
    if (!http && !https) {
      throw Error(ErrorCode::io, url_origin(url), " redirects to '", printable(next),
                  "', which is not an http or https URL");
    }
    if (http && url.starts_with("https://")) {
      throw Error(ErrorCode::io, url_origin(url),
                  " redirects from https to http, which is not allowed");
    }
    url = next;
  }
  throw Error(ErrorCode::io, "more than ", kMaxRedirects, " redirects from ", url_origin(start));
}

}  // namespace sightline::hub
