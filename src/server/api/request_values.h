// Values in requests: parameters of the query string and members of JSON documents.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "server/http/http_server.h"

namespace sightline::server {

// All throw invalid_argument, naming the value, what was expected, and what was found.
// "1", "true" and "" are true; "0" and "false" are false.
bool parse_flag(const std::string& name, std::string_view text);
int64_t parse_integer(const std::string& name, std::string_view text, int64_t least, int64_t most);
double parse_number(const std::string& name, std::string_view text, double least, double most);
// The id of an image: a number above 0. Throws not_found for other texts.
int64_t parse_id(std::string_view text);

// Refuses parameters whose names are not in `known`.
void check_parameters(const HttpRequest& request, std::initializer_list<std::string_view> known);

// As try_parse_json. A text of more than 200,000 values is a problem: parsed, each takes many times
// its bytes.
JsonParse parse_client_json(std::string_view text);
// Parses a body as a JSON object.
nlohmann::json parse_json_object(const HttpRequest& request);
// The same; refuses other types of content (unsupported).
nlohmann::json parse_json_body(const HttpRequest& request);
// Refuses members whose names are not in `known`.
void check_members(const nlohmann::json& object, std::initializer_list<std::string_view> known);
// A member that is a text; nothing if it is absent or null.
std::optional<std::string> text_member(const nlohmann::json& object, const std::string& name);
std::string required_text(const nlohmann::json& object, const std::string& name);
std::optional<int64_t> integer_member(const nlohmann::json& object, const std::string& name,
                                      int64_t least, int64_t most);
std::optional<double> number_member(const nlohmann::json& object, const std::string& name,
                                    double least, double most);
std::optional<bool> flag_member(const nlohmann::json& object, const std::string& name);
std::vector<std::string> texts_member(const nlohmann::json& object, const std::string& name,
                                      size_t most);

// Throws invalid_argument if a text is longer than `most` bytes or not UTF-8.
void check_text(const std::string& name, const std::string& text, size_t most);

HttpResponse json_response(const Json& json, int status = 200);

}  // namespace sightline::server
