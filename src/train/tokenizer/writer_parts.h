// JSON fragments shared by the writers of both tokenizers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace sightline {

// Returns the text as a JSON string, in quotes and escaped.
std::string json_string(const std::string& text);
// Returns {"token": id, ...} with one token per line. Built as text, because inserting into
// nlohmann::ordered_json takes quadratic time.
std::string vocab_json(const std::vector<std::string>& tokens, const std::string& indent);
// Returns an entry of added_tokens in tokenizer.json.
Json added_token(std::string_view content, size_t id, bool normalized);
// Returns the text of a JSON object without its closing brace, so that the model can be appended.
std::string open_object(const Json& object);

}  // namespace sightline
