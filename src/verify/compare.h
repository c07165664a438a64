// How far two arrays are from each other, row by row.
#pragma once

#include <sightline/matrix.h>
#include <sightline/verify.h>

#include <string>

namespace sightline {

// What a row of a tower may differ by. Sums of thousands of products in f32, added in another
// order, differ by about 1e-6 of the row; a wrong activation or pixel differs by more than 1e-3.
inline constexpr double kRowTolerance = 1e-5;  // |ours - reference| / |reference|
inline constexpr double kCosineTolerance = 0.999999;

// Rows of ours against the reference's: norm of the difference over the norm of the reference.
// A row of zeros equals only zeros. Fills everything of the stage but name and reference.
// Throws invalid_data where the shapes differ.
void compare_rows(const Matrix& ours, const Matrix& reference, const std::string& unit_name,
                  VerifyStage& stage);

}  // namespace sightline
