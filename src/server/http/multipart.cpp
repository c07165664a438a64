#include "server/http/multipart.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "base/utf8.h"
#include "server/http/header_value.h"
#include "sightline/error.h"

namespace sightline::server {
namespace {

constexpr size_t kMaxPartHead = 8192;  // bytes of a part's headers
constexpr std::string_view kLineEnd = "\r\n";

template <typename... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  throw Error(ErrorCode::invalid_argument, "The multipart body is malformed: ", parts..., '.');
}

std::string boundary_of(std::string_view content_type) {
  const auto value = parse_header_value(content_type);
  if (!value || value->value != "multipart/form-data") {
    throw Error(ErrorCode::invalid_argument, "Content-Type is not multipart/form-data.");
  }
  const std::string boundary = value->parameter("boundary").value_or("");
  constexpr std::string_view kMarks = "'()+_,-./:=? ";
  const bool valid = std::all_of(boundary.begin(), boundary.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
  if (boundary.empty() || boundary.size() > 70 || !valid || boundary.back() == ' ') {
    throw Error(
        ErrorCode::invalid_argument,
        "Content-Type has no valid boundary: expected 1 to 70 characters that RFC 2046 allows.");
  }
  return boundary;
}

// Reads the end of a delimiter line. Returns whether it was the last one.
bool read_delimiter_end(std::string_view& rest) {
  const bool last = rest.starts_with("--");
  if (last) rest.remove_prefix(2);
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  if (last && rest.empty()) return true;
  if (!rest.starts_with(kLineEnd)) fail("a boundary is followed by other characters");
  rest.remove_prefix(kLineEnd.size());
  if (last && !rest.empty()) fail("there are bytes after the last boundary");
  return last;
}

bool is_text(std::string_view text) {
  return is_valid_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

void read_disposition(std::string_view value, FormPart& part) {
  const auto parsed = parse_header_value(value);
  const auto name = parsed ? parsed->parameter("name") : std::nullopt;
  if (!parsed || parsed->value != "form-data" || !name) {
    fail("a part's Content-Disposition is not form-data with a name");
  }
  part.name = *name;
  part.filename = parsed->parameter("filename").value_or("");
  if (!is_text(part.name) || !is_text(part.filename)) {
    fail("a name is not UTF-8 or has control characters");
  }
}

void read_part_header(std::string_view line, FormPart& part, bool& has_disposition) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) fail("a part has a line that is not a header");
  const std::string name = lower(line.substr(0, colon));
  std::string_view value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  if (name == "content-disposition") {
    if (has_disposition) fail("a part has several Content-Disposition headers");
    has_disposition = true;
    read_disposition(value, part);
  } else if (name == "content-type") {
    if (!is_text(value)) fail("a part's Content-Type is not UTF-8 or has control characters");
    part.type = value;
  } else if (name == "content-transfer-encoding") {
    const std::string coding = lower(value);
    if (coding != "binary" && coding != "8bit" && coding != "7bit") {
      fail("a part has a Content-Transfer-Encoding, which form data do not use");
    }
  }
}

FormPart read_part_head(std::string_view& rest) {
  FormPart part;
  bool has_disposition = false;
  for (size_t read = 0;;) {
    const size_t end = rest.substr(0, kMaxPartHead - read + kLineEnd.size()).find(kLineEnd);
    if (end == std::string_view::npos)
      fail("the headers of a part do not end or are larger than ", kMaxPartHead, " bytes");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + kLineEnd.size());
    read += end + kLineEnd.size();
    if (line.empty()) break;
    if (read > kMaxPartHead) fail("the headers of a part are larger than ", kMaxPartHead, " bytes");
    read_part_header(line, part, has_disposition);
  }
  if (!has_disposition) fail("a part has no Content-Disposition");
  return part;
}

}  // namespace

std::vector<FormPart> parse_multipart(std::string_view content_type, std::string_view body,
                                      int max_parts) {
  const std::string opening = "--" + boundary_of(content_type);
  const std::string delimiter = "\r\n" + opening;
  if (!body.starts_with(opening)) fail("it does not begin with the boundary");
  std::string_view rest = body.substr(opening.size());
  std::vector<FormPart> parts;
  while (!read_delimiter_end(rest)) {
    if (static_cast<int>(parts.size()) >= max_parts) {
      throw Error(ErrorCode::invalid_argument, "The multipart body has more than ", max_parts,
                  " parts.");
    }
    FormPart part = read_part_head(rest);
    const size_t end = rest.find(delimiter);
    if (end == std::string_view::npos) fail("the last boundary is missing");
    part.data = rest.substr(0, end);
    rest.remove_prefix(end + delimiter.size());
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace sightline::server
