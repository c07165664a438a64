// Converts numbers and intervals for results.json.
#pragma once

#include <sightline/statistics.h>

#include <cmath>
#include <optional>

#include "base/json.h"

namespace sightline {

// NaN and infinity become null, because JSON cannot represent them.
inline Json number_json(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

// [low, high], or null without an interval.
inline Json interval_json(const std::optional<Interval>& interval) {
  if (!interval) return nullptr;
  return Json::array({number_json(interval->low), number_json(interval->high)});
}

// Appends a paired comparison of the models labelled `a` and `b`: a MetricComparison or a
// ClassComparison.
template <class Comparison>
void append_comparison(Json& json, const Comparison& comparison, const std::string& a,
                       const std::string& b) {
  json["a"] = a;
  json["b"] = b;
  json["difference"] = number_json(comparison.difference);
  json["interval"] = interval_json(comparison.interval);
  json["p"] = comparison.p;
  json["exact"] = comparison.exact;
  json["p_corrected"] = comparison.p_corrected;
}

}  // namespace sightline
