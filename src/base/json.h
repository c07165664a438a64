// Parses untrusted JSON and formats JSON values for messages.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/json_input.h"

namespace sightline {

// The type of JSON that this library writes: keeps the order of keys.
using Json = nlohmann::ordered_json;

// Limit of the nesting depth. Many functions of nlohmann::json recurse, so deeply nested input
// would overflow the stack; real files have about ten levels.
inline constexpr int kMaxJsonDepth = 64;

struct JsonParse {
  nlohmann::json value;
  std::string problem;  // why the text could not be parsed: "is not valid JSON: …"; else ""
};

// Parses a JSON text. NaN, Infinity and -Infinity, which Python's json module writes, become what
// not_finite says. A text that is not JSON, not UTF-8, or nested deeper than max_depth, which is
// checked before parsing, is a problem.
JsonParse try_parse_json(std::string_view text, int max_depth = kMaxJsonDepth,
                         NotFinite not_finite = NotFinite::null);

// Returns try_parse_json(text) with NaN and infinity as strings, so that a reader that expects a
// number rejects them. `name` is the file's name in messages. Throws invalid_data if there is a
// problem.
nlohmann::json parse_json(std::string_view text, const std::string& name,
                          int max_depth = kMaxJsonDepth);

// Whether the parser found invalid UTF-8. Its message must not be passed on, because it quotes the
// file's bytes without a limit.
bool is_utf8_problem(const nlohmann::json::exception& error);

// Serializes a value, on one line if indent is negative. Bytes that are not UTF-8, such as in file
// names, become U+FFFD.
template <typename AnyJson>
std::string json_text(const AnyJson& value, int indent = -1) {
  return value.dump(indent, ' ', false, AnyJson::error_handler_t::replace);
}

// A string, or null where it is empty.
Json text_or_null(const std::string& text);

// Formats a value for a message: one line of ASCII, truncated to 80 characters. Time and stack use
// are bounded for values of any size and depth.
std::string shown(const nlohmann::json& value);

}  // namespace sightline
