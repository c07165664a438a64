// f16 vectors as f32.
#pragma once

#include <cstdint>

namespace sightline::index {

// values[i] = the half-precision number with the bits half[i], which must be finite. Exact.
void widen(const uint16_t* half, int64_t count, float* values);

}  // namespace sightline::index
