#include "models/config_section.h"

#include <sightline/error.h>

#include <cmath>

#include "base/json.h"

namespace sightline {

void ConfigSection::fail(const std::string& key, const std::string& expected) const {
  const auto found = object.find(key);
  throw Error(ErrorCode::invalid_data, where, ": '", key, "' is ",
              (found == object.end() ? "missing" : shown(*found)), ", expected ", expected);
}

const nlohmann::json* ConfigSection::find(const std::string& key) const {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

int64_t ConfigSection::size(const std::string& key, int64_t absent, int64_t least) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return absent;
  // Compared as a double first: get() of a number beyond int64 would wrap around.
  const bool whole = value->is_number_integer() &&
                     value->get<double>() >= static_cast<double>(least) &&
                     value->get<double>() <= static_cast<double>(kMaxConfigExtent);
  if (!whole)
    fail(key, "a whole number from " + std::to_string(least) + " to " +
                  std::to_string(kMaxConfigExtent));
  return value->get<int64_t>();
}

double ConfigSection::number(const std::string& key, double absent) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return absent;
  if (!value->is_number() || !std::isfinite(value->get<double>())) fail(key, "a finite number");
  return value->get<double>();
}

bool ConfigSection::flag(const std::string& key, bool absent) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return absent;
  if (!value->is_boolean()) fail(key, "true or false");
  return value->get<bool>();
}

std::string ConfigSection::text(const std::string& key, const std::string& absent) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return absent;
  if (!value->is_string()) fail(key, "a string");
  return value->get<std::string>();
}

std::array<float, 3> ConfigSection::three(const std::string& key,
                                          const std::array<float, 3>& absent,
                                          bool one_for_all) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return absent;
  const bool one = one_for_all && value->is_number();
  if (!one && (!value->is_array() || value->size() != 3)) fail(key, "three numbers");
  std::array<float, 3> numbers{};
  for (size_t c = 0; c < 3; ++c) {
    const nlohmann::json& number = one ? *value : (*value)[c];
    if (!number.is_number()) fail(key, "three numbers");
    numbers[c] = static_cast<float>(number.get<double>());
    if (!std::isfinite(numbers[c])) fail(key, "three finite numbers");
  }
  return numbers;
}

ConfigSection ConfigSection::child(const std::string& key) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr || !value->is_object()) fail(key, "an object");
  return {*value, where + " " + key};
}

}  // namespace sightline
