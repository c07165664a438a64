// JSON that both tokenizers' files have in common.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace sightline {

// {"token": id, …}, one a line. Written by hand: the library's ordered object is quadratic.
std::string vocab_json(const std::vector<std::string>& tokens, const std::string& indent);
// An entry of tokenizer.json's added_tokens.
Json added_token(std::string_view content, size_t id, bool normalized);
// A JSON object's text without its closing brace, for what is too long for a Json.
std::string open_object(const Json& object);

}  // namespace sightline
