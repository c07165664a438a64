// Reads a JSON object key by key and checks types and ranges.
#pragma once

#include <sightline/error.h>

#include <cstdint>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "base/json.h"
#include "base/suggest.h"

namespace sightline {

// One object of a file; remembers which keys were read, so that a misspelt one is an error. All
// functions throw invalid_data.
class JsonSection {
 public:
  JsonSection(const nlohmann::json& object, std::string where)
      : object_(object), where_(std::move(where)) {
    if (!object_.is_object()) throw Error(ErrorCode::invalid_data, where_, " is not a JSON object");
  }

  // Leaves `value` unchanged if the key is absent.
  template <typename T>
  void read(const char* key, T& value, double least, double most) {
    const nlohmann::json* found = find(key);
    if (found == nullptr) return;
    const bool good = std::is_integral_v<T> ? found->is_number_integer() : found->is_number();
    if (!good || found->get<double>() < least || found->get<double>() > most) {
      if constexpr (std::is_integral_v<T>) {
        fail(key, "a whole number from " + shown(static_cast<int64_t>(least)) + " to " +
                      shown(static_cast<int64_t>(most)));
      }
      fail(key, "a number from " + shown(least) + " to " + shown(most));
    }
    value = found->get<T>();
  }

  void read(const char* key, bool& value) {
    const nlohmann::json* found = find(key);
    if (found == nullptr) return;
    if (!found->is_boolean()) fail(key, "true or false");
    value = found->get<bool>();
  }

  void read(const char* key, std::string& value) {
    const nlohmann::json* found = find(key);
    if (found == nullptr) return;
    if (!found->is_string()) fail(key, "a string");
    value = found->get<std::string>();
  }

  // A list of strings, or one string, which is a list of one.
  void read(const char* key, std::vector<std::string>& values) {
    const nlohmann::json* found = find(key);
    if (found == nullptr) return;
    values.clear();
    if (found->is_string()) {
      values.push_back(found->get<std::string>());
      return;
    }
    if (!found->is_array()) fail(key, "a list of strings");
    for (const nlohmann::json& item : *found) {
      if (!item.is_string()) fail(key, "a list of strings");
      values.push_back(item.get<std::string>());
    }
  }

  // Null if the key is absent.
  const nlohmann::json* find(const char* key) {
    known_.insert(key);
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }

  const nlohmann::json& require(const char* key, const std::string& expected) {
    if (const nlohmann::json* found = find(key)) return *found;
    throw Error(ErrorCode::invalid_data, where_, " has no '", key, "', expected ", expected);
  }

  const std::string& where() const { return where_; }

  [[noreturn]] void fail(const char* key, const std::string& expected) const {
    throw Error(ErrorCode::invalid_data, where_, ": '", key, "' is ", shown(object_.at(key)),
                ", expected ", expected);
  }

  // Throws if there is a key that was not read.
  void finish() const {
    for (const auto& [key, value] : object_.items()) {
      if (known_.contains(key)) continue;
      throw Error(ErrorCode::invalid_data, where_, ": unknown key '", key, "'",
                  did_you_mean(key, {known_.begin(), known_.end()}));
    }
  }

 private:
  const nlohmann::json& object_;
  std::string where_;
  std::set<std::string> known_;
};

}  // namespace sightline
