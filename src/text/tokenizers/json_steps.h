// Members and lists of steps of a tokenizer.json.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sightline {

// Return a member, or `fallback` if it is missing or of another type.
std::string string_of(const nlohmann::json& object, const char* key,
                      const std::string& fallback = {});
bool flag_of(const nlohmann::json& object, const char* key, bool fallback);

// Returns the expression of a step's "pattern", or "".
std::string regex_of(const nlohmann::json& step);

// Returns the step, or the steps of a "Sequence" (in its member `list`); none for null. `part`
// names the value in errors. Throws invalid_data.
std::vector<nlohmann::json> steps_of(const nlohmann::json& value, const char* list,
                                     const std::string& path, const std::string& part);

// Returns the step of post_processor that adds special tokens; null if there is none. Throws
// invalid_data; unsupported if there are several: they would add their tokens to those of others.
nlohmann::json post_processor_of(const nlohmann::json& file, const std::string& path);

}  // namespace sightline
