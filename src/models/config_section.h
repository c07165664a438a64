// One object of a config file. Types and ranges of its values are checked; errors name the key.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace sightline {

// Larger sizes are a mistake or an attack. Products of all sizes stay far from overflow.
inline constexpr int64_t kMaxConfigExtent = 1 << 20;

struct ConfigSection {
  const nlohmann::json& object;
  std::string where;  // "'dir/config.json' vision_config"

  // Throws invalid_data with the key's value and what was expected.
  [[noreturn]] void fail(const std::string& key, const std::string& expected) const;

  // The value, or null where the key is absent or null.
  const nlohmann::json* find(const std::string& key) const;

  // `absent` where there is no such key. Throws invalid_data (another type, out of range).
  int64_t size(const std::string& key, int64_t absent, int64_t least = 1) const;
  double number(const std::string& key, double absent) const;
  bool flag(const std::string& key, bool absent) const;
  std::string text(const std::string& key, const std::string& absent) const;

  // Three numbers, one per channel; a single number counts as three equal ones where one_for_all.
  // Throws invalid_data (anything else).
  std::array<float, 3> three(const std::string& key, const std::array<float, 3>& absent,
                             bool one_for_all = false) const;

  // An object within. Throws invalid_data where it is missing or not an object.
  ConfigSection child(const std::string& key) const;
};

}  // namespace sightline
