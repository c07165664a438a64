#include "server/api/request_values.h"

#include <sightline/error.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "base/utf8.h"

namespace sightline::server {
namespace {

constexpr size_t kMostValues = 200'000;

// Whether a JSON text has at most kMostValues values: parsed, they take up to 30 times as much
// memory as the text. Counts what separates them.
bool has_few_values(std::string_view text) {
  size_t values = 1;
  bool in_string = false;
  for (size_t i = 0; i < text.size() && values <= kMostValues; ++i) {
    const char c = text[i];
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\') ++i;
    if (!in_string && (c == ',' || c == '[' || c == '{')) ++values;
  }
  return values <= kMostValues;
}

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

[[noreturn]] void refuse(const std::string& name, const std::string& expected,
                         const std::string& found) {
  throw Error(ErrorCode::invalid_argument, "'", name, "' is ", found, "; expected ", expected);
}

std::string range(int64_t least, int64_t most) {
  return message("a whole number from ", least, " to ", most);
}

std::string range(double least, double most) {
  return "a number from " + short_number(least) + " to " + short_number(most);
}

void check_known(std::string_view kind, std::string_view name,
                 std::initializer_list<std::string_view> known) {
  if (std::ranges::find(known, name) != known.end()) return;
  std::string names;
  for (const std::string_view one : known) names += (names.empty() ? "" : ", ") + std::string(one);
  throw Error(ErrorCode::invalid_argument, "there is no ", kind, " '", printable(name, 60),
              "'; expected ", names.empty() ? "none" : names);
}

const nlohmann::json* member(const nlohmann::json& object, const std::string& name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

}  // namespace

bool parse_flag(const std::string& name, std::string_view text) {
  if (text == "1" || text == "true" || text.empty()) return true;
  if (text == "0" || text == "false") return false;
  refuse(name, "0 or 1", "'" + printable(text, 60) + "'");
}

int64_t parse_integer(const std::string& name, std::string_view text, int64_t least, int64_t most) {
  const auto value = number_in<int64_t>(text);
  if (!value || *value < least || *value > most)
    refuse(name, range(least, most), "'" + printable(text, 60) + "'");
  return *value;
}

double parse_number(const std::string& name, std::string_view text, double least, double most) {
  const auto value = number_in<double>(text);
  if (!value || !std::isfinite(*value) || *value < least || *value > most)
    refuse(name, range(least, most), "'" + printable(text, 60) + "'");
  return *value;
}

int64_t parse_id(std::string_view text) {
  const auto value = number_in<int64_t>(text);
  if (!value || *value < 1)
    throw Error(ErrorCode::not_found, "there is no image '", printable(text, 60), "'");
  return *value;
}

void check_parameters(const HttpRequest& request, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : request.parameters) check_known("parameter", name, known);
}

JsonParse parse_client_json(std::string_view text) {
  if (!has_few_values(text))
    return {nullptr, message("has JSON of more than ", kMostValues, " values")};
  return try_parse_json(text);
}

nlohmann::json parse_json_object(const HttpRequest& request) {
  JsonParse parsed = parse_client_json(request.body);
  if (!parsed.problem.empty())
    throw Error(ErrorCode::invalid_argument, "the body ", parsed.problem);
  if (!parsed.value.is_object()) {
    throw Error(ErrorCode::invalid_argument, "the body is ", shown(parsed.value),
                "; expected a JSON object");
  }
  return std::move(parsed.value);
}

nlohmann::json parse_json_body(const HttpRequest& request) {
  const std::string type = lower(request.header("content-type"));
  if (type.substr(0, type.find(';')) != "application/json") {
    throw Error(ErrorCode::unsupported, "the body has the content type '", printable(type, 60),
                "'; expected application/json");
  }
  return parse_json_object(request);
}

void check_members(const nlohmann::json& object, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : object.items()) check_known("member", name, known);
}

std::optional<std::string> text_member(const nlohmann::json& object, const std::string& name) {
  const nlohmann::json* found = member(object, name);
  if (found == nullptr) return std::nullopt;
  if (!found->is_string()) refuse(name, "a text", shown(*found));
  return found->get<std::string>();
}

std::string required_text(const nlohmann::json& object, const std::string& name) {
  auto text = text_member(object, name);
  if (!text) refuse(name, "a text", "absent");
  return std::move(*text);
}

std::optional<int64_t> integer_member(const nlohmann::json& object, const std::string& name,
                                      int64_t least, int64_t most) {
  const nlohmann::json* found = member(object, name);
  if (found == nullptr) return std::nullopt;
  const bool fits = found->is_number_integer() &&
                    !(found->is_number_unsigned() && found->get<uint64_t>() > INT64_MAX);
  const int64_t value = fits ? found->get<int64_t>() : 0;
  if (!fits || value < least || value > most) refuse(name, range(least, most), shown(*found));
  return value;
}

std::optional<double> number_member(const nlohmann::json& object, const std::string& name,
                                    double least, double most) {
  const nlohmann::json* found = member(object, name);
  if (found == nullptr) return std::nullopt;
  const double value = found->is_number() ? found->get<double>() : NAN;
  if (!(value >= least && value <= most)) refuse(name, range(least, most), shown(*found));
  return value;
}

std::optional<bool> flag_member(const nlohmann::json& object, const std::string& name) {
  const nlohmann::json* found = member(object, name);
  if (found == nullptr) return std::nullopt;
  if (!found->is_boolean()) refuse(name, "true or false", shown(*found));
  return found->get<bool>();
}

std::vector<std::string> texts_member(const nlohmann::json& object, const std::string& name,
                                      size_t most) {
  const nlohmann::json* found = member(object, name);
  if (found == nullptr) return {};
  const bool texts =
      found->is_array() && found->size() <= most &&
      std::ranges::all_of(*found, [](const nlohmann::json& one) { return one.is_string(); });
  if (!texts) refuse(name, message("an array of at most ", most, " texts"), shown(*found));
  return found->get<std::vector<std::string>>();
}

void check_text(const std::string& name, const std::string& text, size_t most) {
  if (text.size() > most) {
    throw Error(ErrorCode::invalid_argument, "'", name, "' has ", text.size(),
                " bytes; expected at most ", most);
  }
  if (valid_utf8_size(text) != text.size())
    throw Error(ErrorCode::invalid_argument, "'", name, "' is not UTF-8");
}

HttpResponse json_response(const Json& json, int status) {
  HttpResponse out;
  out.status = status;
  out.body = json_text(json);
  return out;
}

}  // namespace sightline::server
