#include "server/http/framing.h"

#include <algorithm>
#include <string_view>

#include "sightline/error.h"

namespace sightline::server {
namespace {

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool has_control_character(std::string_view value) {
  return std::any_of(value.begin(), value.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

auto count(const HttpRequest& request, std::string_view name) {
  return std::count_if(request.headers.begin(), request.headers.end(),
                       [&](const auto& header) { return header.first == name; });
}

bool is_length(std::string_view text) {
  return !text.empty() && text.size() <= 18 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_chunked(std::string_view coding) {
  constexpr std::string_view kChunked = "chunked";
  return std::equal(coding.begin(), coding.end(), kChunked.begin(), kChunked.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

std::optional<HeadProblem> malformed(std::string detail) {
  return HeadProblem{400, std::move(detail)};
}

std::optional<HeadProblem> framing_problem(const HttpRequest& request, const std::string& version) {
  const auto lengths = count(request, "content-length"),
             codings = count(request, "transfer-encoding");
  if (lengths > 1) return malformed("The request has several Content-Length headers.");
  if (codings > 1) return malformed("The request has several Transfer-Encoding headers.");
  if (lengths && codings)
    return malformed("The request has both Content-Length and Transfer-Encoding.");
  if (lengths && !is_length(request.header("content-length"))) {
    return malformed("Content-Length is not a number.");
  }
  if (codings && version == "HTTP/1.0") return malformed("HTTP/1.0 has no Transfer-Encoding.");
  if (codings && !is_chunked(request.header("transfer-encoding"))) {
    return HeadProblem{501, "The only supported Transfer-Encoding is chunked."};
  }
  return std::nullopt;
}

}  // namespace

std::optional<HeadProblem> find_head_problem(const HttpRequest& request,
                                             const std::string& version) {
  if (!is_token(request.method)) return malformed("The method is malformed.");
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name)) return malformed("A header name is malformed.");
    if (has_control_character(value)) {
      return malformed(message("Header '", name, "' has a control character."));
    }
  }
  const auto hosts = count(request, "host");
  if (hosts > 1) return malformed("The request has several Host headers.");
  if (hosts == 0 && version != "HTTP/1.0") return malformed("The request has no Host header.");
  return framing_problem(request, version);
}

std::optional<std::int64_t> content_length(const HttpRequest& request) {
  const std::string_view text = request.header("content-length");
  if (!is_length(text)) return std::nullopt;
  return std::stoll(std::string(text));
}

bool has_body(const HttpRequest& request) {
  return !request.header("transfer-encoding").empty() || content_length(request).value_or(0) > 0;
}

}  // namespace sightline::server
