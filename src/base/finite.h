// Detection of NaN and infinity.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

namespace sightline {

inline bool all_finite(std::span<const float> values) {
  return std::ranges::all_of(values, [](float x) { return std::isfinite(x); });
}

}  // namespace sightline
