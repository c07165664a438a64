// Converts JSON values to record cells.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "data/records.h"

namespace sightline {

Cell to_cell(const nlohmann::json& value);

// Returns a string, number or boolean as text; nothing for null, objects and lists.
inline std::optional<std::string> scalar_text(const nlohmann::json& value) {
  if (value.is_null() || value.is_structured()) return std::nullopt;
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// Returns scalar_text() of an object's member; nothing if the member is missing.
inline std::optional<std::string> scalar_member(const nlohmann::json& object, const char* name) {
  const auto member = object.find(name);
  return member == object.end() ? std::nullopt : scalar_text(*member);
}

// Returns an object's string member; null if it is missing or not a string.
inline const std::string* text_member(const nlohmann::json& object, const char* name) {
  const auto member = object.find(name);
  return member == object.end() ? nullptr : member->get_ptr<const std::string*>();
}

}  // namespace sightline
