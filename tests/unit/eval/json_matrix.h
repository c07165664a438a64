// Matrices of golden files.
#pragma once

#include <sightline/matrix.h>

#include <cstdint>
#include <nlohmann/json.hpp>

namespace sightline::test {

// Rows as lists of numbers, at least one.
inline Matrix matrix_of(const nlohmann::json& rows) {
  Matrix matrix(static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size()));
  for (size_t r = 0; r < rows.size(); ++r)
    for (size_t d = 0; d < rows[r].size(); ++d)
      matrix.row(static_cast<int64_t>(r))[d] = rows[r][d].get<float>();
  return matrix;
}

}  // namespace sightline::test
