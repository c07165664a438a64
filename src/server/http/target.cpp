#include "server/http/target.h"

#include "base/utf8.h"
#include "sightline/error.h"

namespace sightline::server {
namespace {

[[noreturn]] void refuse(const char* reason) {
  throw Error(ErrorCode::invalid_argument, "The request target ", reason, '.');
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%') {
      const int high = at + 2 < text.size() ? hex_value(text[at + 1]) : -1;
      const int low = high >= 0 ? hex_value(text[at + 2]) : -1;
      if (low < 0) refuse("has '%' without two hexadecimal digits");
      out += static_cast<char>(high * 16 + low);
      at += 2;
    } else {
      out += plus_is_space && text[at] == '+' ? ' ' : text[at];
    }
  }
  if (out.find('\0') != std::string::npos) refuse("contains NUL");
  if (!is_valid_utf8(out)) refuse("is not UTF-8 after decoding");
  return out;
}

void check_path(std::string_view path) {
  for (const char c : path) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      refuse("has a control character in its path");
    if (c == '\\') refuse("has a backslash in its path");
  }
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    if (segment == "." || segment == "..") refuse("has a '.' or '..' segment");
    begin = end + 1;
  }
}

NamedValues parse_parameters(std::string_view query) {
  NamedValues parameters;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view part = query.substr(0, end);
    if (!part.empty()) {
      const size_t equals = std::min(part.find('='), part.size());
      parameters.emplace_back(decoded(part.substr(0, equals), true),
                              decoded(part.substr(std::min(equals + 1, part.size())), true));
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return parameters;
}

}  // namespace

void parse_target(std::string_view target, HttpRequest& request) {
  request.target = target;
  if (target.empty() || target[0] != '/') refuse("does not begin with '/'");
  for (const char c : target) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '#') {
      refuse("has a space, '#' or a control character");
    }
  }
  const size_t mark = std::min(target.find('?'), target.size());
  request.path = decoded(target.substr(0, mark), false);
  check_path(request.path);
  request.parameters = parse_parameters(target.substr(std::min(mark + 1, target.size())));
}

}  // namespace sightline::server
