// JSON that others wrote: parsed with bounds, and shown in messages.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace sightline {

using Json = nlohmann::ordered_json;  // keeps the order of keys: for JSON that is written

// Brackets within brackets that a file may have. Many functions of a JSON value recurse, so that
// a text of nothing but "[[[[…" would overflow the stack; real files have about ten levels.
inline constexpr int kMaxJsonDepth = 64;

// The value of a whole text. `name` is the file's name in messages. Throws invalid_data where the
// text is not JSON, not UTF-8, or nested deeper than max_depth (found before anything is parsed).
nlohmann::json parse_json(std::string_view text, const std::string& name,
                          int max_depth = kMaxJsonDepth);

// The text of a value, on one line where indent is negative. Bytes that are not UTF-8 (file names
// may have such) become U+FFFD.
template <typename AnyJson>
std::string json_text(const AnyJson& value, int indent = -1) {
  return value.dump(indent, ' ', false, AnyJson::error_handler_t::replace);
}

// A value as a message shows it: one line of ASCII, at most 80 characters, whatever the value is
// (its cost is bounded too, and its depth does not matter).
std::string shown(const nlohmann::json& value);

}  // namespace sightline
