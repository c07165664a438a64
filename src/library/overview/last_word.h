// The word of a query that is being typed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sightline::library {

struct LastWord {
  size_t at = 0;         // where it begins, in bytes, with its sign
  bool negated = false;  // '-' before it
  std::string key;       // of a filter, as parse_query reads it: "tag", "field.Group"; empty: none
  std::string before;    // values of the key before the last one, as typed: "a,\"b c\","
  std::string text;      // the word, or the key's last value without quotes; may be incomplete
};

// Returns std::nullopt if the query ends with white space, in a quoted text, or with an operator.
std::optional<LastWord> last_word(std::string_view query);

// Returns a text as a value of the query language, in quotes if it needs them.
std::string query_value(std::string_view text);

}  // namespace sightline::library
