#include "base/json.h"

#include <sightline/error.h>

#include <algorithm>
#include <utility>

#include "base/json_input.h"

namespace sightline {
namespace {

using nlohmann::json;

constexpr size_t kMaxShown = 80;

int nesting_depth(std::string_view text) {
  int depth = 0, deepest = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

// A source of JsonInput.
class TextBytes {
 public:
  explicit TextBytes(std::string_view text) : text_(text) {}
  int get() {
    const int c = peek();
    at_ += at_ < text_.size();
    return c;
  }
  int peek() const { return at_ < text_.size() ? static_cast<unsigned char>(text_[at_]) : -1; }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

void append_string(const std::string& text, std::string& out) {
  // Truncation may split a character; it becomes U+FFFD, beyond the part that is kept.
  out += json(text.substr(0, kMaxShown + 4)).dump(-1, ' ', true, json::error_handler_t::replace);
}

// Appends until `out` is full. Each level appends at least one character, which limits the
// recursion.
void append(const json& value, std::string& out) {
  if (out.size() > kMaxShown) return;
  if (!value.is_structured()) {
    if (value.is_string()) {
      append_string(value.get_ref<const std::string&>(), out);
    } else {
      out += value.dump();
    }
    return;
  }
  const bool object = value.is_object();
  out += object ? '{' : '[';
  const size_t start = out.size();
  for (auto item = value.begin(); item != value.end() && out.size() <= kMaxShown; ++item) {
    if (out.size() > start) out += ',';
    if (object) {
      append_string(item.key(), out);
      out += ':';
    }
    append(*item, out);
  }
  out += object ? '}' : ']';
}

}  // namespace

bool is_utf8_problem(const json::exception& error) {
  return std::string_view(error.what()).find("ill-formed UTF-8") != std::string_view::npos;
}

JsonParse try_parse_json(std::string_view text, int max_depth, NotFinite not_finite) {
  if (nesting_depth(text) > max_depth) {
    return {nullptr, message("has JSON nested deeper than ", max_depth, " levels")};
  }
  const bool python = text.find("NaN") != text.npos || text.find("Infinity") != text.npos;
  TextBytes bytes(text);
  JsonInput<TextBytes> input(bytes, not_finite);
  try {
    if (!python) return {json::parse(text), ""};
    using Iterator = JsonInputIterator<TextBytes>;
    return {json::parse(Iterator(&input), Iterator()), ""};
  } catch (const json::parse_error& error) {
    const auto at = python ? static_cast<size_t>(input.position()) : error.byte;
    if (text.empty()) return {nullptr, "is empty, expected JSON"};
    if (at > text.size())
      return {nullptr, message("is not valid JSON: it ends too early, at byte ", text.size())};
    return {nullptr, message("is not valid ", (is_utf8_problem(error) ? "UTF-8" : "JSON"),
                             ": the problem is at byte ", at, " of ", text.size())};
  } catch (const json::exception&) {
    return {nullptr, "is not valid JSON: a number is out of the range of a double"};
  }
}

nlohmann::json parse_json(std::string_view text, const std::string& name, int max_depth) {
  JsonParse parsed = try_parse_json(text, max_depth, NotFinite::text);
  if (parsed.problem.empty()) return std::move(parsed.value);
  throw Error(ErrorCode::invalid_data, "'", name, "' ", parsed.problem);
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

std::string shown(const nlohmann::json& value) {
  std::string text;
  append(value, text);
  if (text.size() > kMaxShown) text = text.substr(0, kMaxShown - 3) + "...";
  return text;
}

}  // namespace sightline
