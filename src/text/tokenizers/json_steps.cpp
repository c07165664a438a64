#include "text/tokenizers/json_steps.h"

#include <sightline/error.h>

#include "base/json.h"

namespace sightline {

using nlohmann::json;

std::string string_of(const json& object, const char* key, const std::string& fallback) {
  if (!object.is_object()) return fallback;
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : fallback;
}

bool flag_of(const json& object, const char* key, bool fallback) {
  if (!object.is_object()) return fallback;
  const auto it = object.find(key);
  return it != object.end() && it->is_boolean() ? it->get<bool>() : fallback;
}

std::string regex_of(const json& step) {
  const auto it = step.find("pattern");
  return it != step.end() && it->is_object() ? string_of(*it, "Regex") : std::string();
}

std::vector<json> steps_of(const json& value, const char* list, const std::string& path,
                           const std::string& part) {
  if (value.is_null()) return {};
  if (!value.is_object()) {
    throw Error(ErrorCode::invalid_data, path, ": ", part, " must be an object, found ",
                shown(value));
  }
  if (string_of(value, "type") != "Sequence") return {value};
  const auto it = value.find(list);
  if (it == value.end() || !it->is_array()) {
    throw Error(ErrorCode::invalid_data, path, ": ", part, " of type Sequence has no list '", list,
                "'");
  }
  for (const json& step : *it) {
    if (!step.is_object()) {
      throw Error(ErrorCode::invalid_data, path, ": ", part, " step must be an object, found ",
                  shown(step));
    }
  }
  return it->get<std::vector<json>>();
}

json post_processor_of(const json& file, const std::string& path) {
  std::vector<json> steps =
      steps_of(file.value("post_processor", json()), "processors", path, "post_processor");
  // ByteLevel only changes offsets.
  std::erase_if(steps, [](const json& step) { return string_of(step, "type") == "ByteLevel"; });
  if (steps.size() > 1) {
    throw Error(ErrorCode::unsupported, path, ": post_processor adds special tokens by '",
                string_of(steps[0], "type"), "' and by '", string_of(steps[1], "type"),
                "', expected one of them");
  }
  return steps.empty() ? json() : steps.front();
}

}  // namespace sightline
