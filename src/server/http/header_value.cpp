#include "server/http/header_value.h"

#include <algorithm>

#include "base/text.h"

namespace sightline::server {
namespace {

constexpr std::string_view kSpace = " \t";

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }

  void skip_space() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(kSpace), rest_.size()));
  }

  bool accept(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Returns what precedes any of `stops`, without space at its end.
  std::string_view until(std::string_view stops) {
    std::string_view found = rest_.substr(0, rest_.find_first_of(stops));
    rest_.remove_prefix(found.size());
    while (!found.empty() && kSpace.find(found.back()) != std::string_view::npos)
      found.remove_suffix(1);
    return found;
  }

  // Returns the rest of a quoted string whose first quote has been read.
  std::optional<std::string> quoted() {
    std::string out;
    while (!rest_.empty()) {
      const char c = rest_[0];
      rest_.remove_prefix(1);
      if (c == '"') return out;
      const bool escapes = c == '\\' && !rest_.empty() && (rest_[0] == '"' || rest_[0] == '\\');
      out += escapes ? rest_[0] : c;
      if (escapes) rest_.remove_prefix(1);
    }
    return std::nullopt;
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::optional<std::string> HeaderValue::parameter(std::string_view name) const {
  for (const auto& [key, found] : parameters) {
    if (key == name) return found;
  }
  return std::nullopt;
}

std::optional<HeaderValue> parse_header_value(std::string_view text) {
  Reader reader(text);
  HeaderValue out;
  reader.skip_space();
  out.value = lower(reader.until(";"));
  if (out.value.empty()) return std::nullopt;
  while (reader.accept(';')) {
    reader.skip_space();
    if (reader.at_end()) break;  // a ';' at the end
    const std::string name = lower(reader.until("=;\""));
    if (name.empty() || out.parameter(name) || !reader.accept('=')) return std::nullopt;
    reader.skip_space();
    std::optional<std::string> value;
    if (reader.accept('"')) {
      value = reader.quoted();
    } else {
      value = std::string(reader.until(";\""));
      if (value->empty()) return std::nullopt;
    }
    if (!value) return std::nullopt;
    reader.skip_space();
    out.parameters.emplace_back(name, std::move(*value));
  }
  if (!reader.at_end()) return std::nullopt;
  return out;
}

}  // namespace sightline::server
