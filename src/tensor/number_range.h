// The range of some numbers.
#pragma once

namespace sightline {

// The smallest and the largest of some numbers and 0. Where a number is NaN, one or both are NaN.
struct NumberRange {
  float low = 0, high = 0;

  void include(const NumberRange& other) {
    if (!(low <= other.low)) low = low != low ? low : other.low;
    if (!(high >= other.high)) high = high != high ? high : other.high;
  }
};

}  // namespace sightline
