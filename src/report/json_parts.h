// Parts of results.json that several of its writers need.
#pragma once

#include <sightline/statistics.h>

#include <cmath>
#include <optional>

#include "base/json.h"

namespace sightline {

// null for what is not finite: JSON has no such numbers.
inline Json number_json(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

// [low, high], or null.
inline Json interval_json(const std::optional<Interval>& interval) {
  if (!interval) return nullptr;
  return Json::array({number_json(interval->low), number_json(interval->high)});
}

}  // namespace sightline
