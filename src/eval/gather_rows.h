// Selection of rows of a matrix.
#pragma once

#include <sightline/matrix.h>

#include <cstdint>
#include <span>

namespace sightline {

// Returns the rows `wanted` of `matrix`, in this order: (wanted.size(), D).
Matrix gather_rows(const Matrix& matrix, std::span<const int64_t> wanted);

}  // namespace sightline
