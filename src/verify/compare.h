// Row-by-row comparison of two matrices.
#pragma once

#include <sightline/matrix.h>
#include <sightline/verify.h>

#include <string>

namespace sightline {

// Tolerances for a row of a tower's output. Summing thousands of f32 products in another order
// changes a row by about 1e-6 of its norm; a wrong activation or pixel changes it by more than
// 1e-3.
inline constexpr double kRowTolerance = 1e-5;  // |ours - reference| / |reference|
inline constexpr double kCosineTolerance = 0.999999;

// Compares rows by relative error (norm of the difference / norm of the reference) and by cosine.
// A row of zeros is equal only to a row of zeros. Sets all members of `stage` except name and
// reference. `item_name` names a row in messages, for example "image".
// Throws invalid_data if the shapes differ.
void compare_rows(const Matrix& ours, const Matrix& reference, const std::string& item_name,
                  VerifyStage& stage);

}  // namespace sightline
