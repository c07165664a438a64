#include "index/half_rows.h"

#include <cstring>

namespace sightline::index {

// Without branches, so that the compiler vectorizes the loop: shifts exponent and mantissa into
// place and adds the difference of the exponents' offsets, 127 - 15. A subnormal number has no
// leading one: it gets the exponent of 2^-14, whose leading one is subtracted again.
void widen(const uint16_t* half, int64_t count, float* values) {
  constexpr float kLeadingOne = 0x1p-14f;
  for (int64_t i = 0; i < count; ++i) {
    const uint32_t bits = half[i], magnitude = bits & 0x7fffu;
    const uint32_t subnormal = magnitude < 0x400u ? 1u : 0u;
    const uint32_t wide = (magnitude << 13) + ((112u + subnormal) << 23);
    float value;
    std::memcpy(&value, &wide, sizeof value);
    value -= subnormal != 0 ? kLeadingOne : 0.f;
    uint32_t result;
    std::memcpy(&result, &value, sizeof result);
    result |= (bits & 0x8000u) << 16;
    std::memcpy(values + i, &result, sizeof result);
  }
}

}  // namespace sightline::index
