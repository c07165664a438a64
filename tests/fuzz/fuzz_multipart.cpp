// Fuzzes multipart/form-data: the first line is the Content-Type, the rest the body. Any input is
// parts or an Error; parts that are written again are read as the same parts.
#include <sightline/error.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "server/http/header_value.h"
#include "server/http/multipart.h"

namespace {

using namespace sightline;
using namespace sightline::server;

constexpr int kMaxParts = 20;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// A part's data may not contain the boundary's line, which a parsed part does not.
void check_round_trip(const std::vector<FormPart>& parts, const std::string& content_type) {
  const std::string boundary = parse_header_value(content_type)->parameter("boundary").value();
  std::string body;
  for (const FormPart& part : parts) {
    body +=
        "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + escaped(part.name) + "\"";
    if (!part.filename.empty()) body += "; filename=\"" + escaped(part.filename) + "\"";
    body += "\r\nContent-Type: " + part.type + "\r\n\r\n" + part.data + "\r\n";
  }
  body += "--" + boundary + "--\r\n";
  const std::vector<FormPart> again = parse_multipart(content_type, body, kMaxParts);
  require(again.size() == parts.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    require(again[i].name == parts[i].name && again[i].filename == parts[i].filename);
    require(again[i].type == parts[i].type && again[i].data == parts[i].data);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(text.find('\n'), text.size());
  const std::string content_type = text.substr(0, line);
  std::vector<FormPart> parts;
  try {
    parts = parse_multipart(content_type, text.substr(std::min(line + 1, text.size())), kMaxParts);
  } catch (const Error& error) {
    require(error.code() == ErrorCode::invalid_argument);
    return 0;
  }
  require(parts.size() <= kMaxParts);
  size_t heads = 0;
  for (const FormPart& part : parts)
    heads = std::max(heads, part.name.size() + part.filename.size() + part.type.size());
  // Escapes and names of headers must not make a head larger than the parser's limit.
  if (heads < 4000) check_round_trip(parts, content_type);
  return 0;
}
