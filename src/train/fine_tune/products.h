// Products of matrices for training on vectors.
#pragma once

#include <sightline/matrix.h>

namespace sightline {

// a (R, K) * b (K, C) -> (R, C), on all cores. The result does not depend on the number of threads.
Matrix product(const Matrix& a, const Matrix& b);

Matrix transposed(const Matrix& a);

}  // namespace sightline
