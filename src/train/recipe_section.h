// Reads a recipe's JSON and checks every key and range.
#pragma once

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "base/json.h"

namespace sightline {

// One object of the recipe; remembers which keys were read, so that a misspelt one is an error.
class RecipeSection {
 public:
  RecipeSection(const nlohmann::json& object, std::string where)
      : object_(object), where_(std::move(where)) {
    if (!object_.is_object()) throw Error(ErrorCode::invalid_data, where_, " is not a JSON object");
  }

  // Leaves `value` unchanged where the key is absent. Throws invalid_data outside of least … most.
  template <typename T>
  void read(const char* key, T& value, double least, double most) {
    const nlohmann::json* found = find(key);
    if (found == nullptr) return;
    const bool good = std::is_integral_v<T> ? found->is_number_integer() : found->is_number();
    if (!good || found->get<double>() < least || found->get<double>() > most) {
      fail(key, std::string("a ") + (std::is_integral_v<T> ? "whole " : "") + "number from " +
                    shown(least) + " to " + shown(most));
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

  void read(const char* key, std::vector<std::string>& values) {
    const nlohmann::json* found = find(key);
    if (found == nullptr) return;
    if (!found->is_array()) fail(key, "a list of strings");
    for (const nlohmann::json& item : *found) {
      if (!item.is_string()) fail(key, "a list of strings");
      values.push_back(item.get<std::string>());
    }
  }

  // A string or a non-empty list of strings; nothing where the key is absent.
  std::optional<std::vector<std::string>> read_one_or_more(const char* key) {
    const nlohmann::json* found = find(key);
    if (found == nullptr) return std::nullopt;
    if (found->is_string()) return std::vector<std::string>{found->get<std::string>()};
    const bool strings = found->is_array() && !found->empty() &&
                         std::ranges::all_of(*found, [](const auto& v) { return v.is_string(); });
    if (!strings) fail(key, "a string or a list of strings");
    return found->get<std::vector<std::string>>();
  }

  void read(const char* key, std::array<int64_t, 4>& values, int64_t least, int64_t most) {
    const nlohmann::json* found = find(key);
    if (found == nullptr) return;
    const std::string expected = "a list of four whole numbers from " + std::to_string(least) +
                                 " to " + std::to_string(most);
    if (!found->is_array() || found->size() != values.size()) fail(key, expected);
    for (size_t i = 0; i < values.size(); ++i) {
      const nlohmann::json& item = (*found)[i];
      if (!item.is_number_integer() || item.get<double>() < static_cast<double>(least) ||
          item.get<double>() > static_cast<double>(most))
        fail(key, expected);
      values[i] = item.get<int64_t>();
    }
  }

  // The nested object, or an empty one.
  RecipeSection child(const char* key) {
    static const nlohmann::json empty = nlohmann::json::object();
    const nlohmann::json* found = find(key);
    return RecipeSection(found ? *found : empty, where_ + " " + key);
  }

  const nlohmann::json* find(const char* key) {
    known_.insert(key);
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }

  const std::string& where() const { return where_; }

  [[noreturn]] void fail(const char* key, const std::string& expected) const {
    throw Error(ErrorCode::invalid_data, where_, ": '", key, "' is ", shown(object_.at(key)),
                ", expected ", expected);
  }

  void finish() const {
    for (const auto& [key, value] : object_.items()) {
      if (!known_.contains(key))
        throw Error(ErrorCode::invalid_data, where_, ": unknown key '", key, "'");
    }
  }

 private:
  const nlohmann::json& object_;
  std::string where_;
  std::set<std::string> known_;
};

}  // namespace sightline
