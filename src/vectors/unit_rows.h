// Scales vectors of other programs to unit length.
#pragma once

#include <sightline/index.h>
#include <sightline/matrix.h>

#include <cstdint>
#include <optional>
#include <span>

namespace sightline::vectors {

// Norms between 1 - kUnitTolerance and 1 + kUnitTolerance are unit length: rounding to float16
// changes a norm by at most 2^-11.
inline constexpr double kUnitTolerance = 1e-3;

struct UnitRows {
  Matrix vectors;    // zero rows stay zero
  int64_t zero = 0;  // number of zero rows
  int64_t first_zero = 0;
};

// Returns the rows scaled to unit length; nothing if all have unit length already.
std::optional<UnitRows> unit_rows(const VectorIndex& index);

// Scales one vector to unit length in place, summing in double. Returns false for a zero vector.
bool scale_to_unit(std::span<float> vector);

}  // namespace sightline::vectors
