// Parts of results.json that several of its writers need.
#pragma once

#include <sightline/statistics.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

namespace sightline {

// null for what is not finite: JSON has no such numbers.
inline nlohmann::ordered_json number_json(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

// [low, high], or null.
inline nlohmann::ordered_json interval_json(const std::optional<Interval>& interval) {
  if (!interval) return nullptr;
  return nlohmann::ordered_json::array({number_json(interval->low), number_json(interval->high)});
}

}  // namespace sightline
