// Sobol' points.
#pragma once

#include <cstdint>
#include <vector>

namespace sightline {

inline constexpr int kSobolDimensions = 32;

// Returns point `index` of the Sobol' sequence of `dimensions` <= kSobolDimensions, each coordinate
// with 32 bits, in the order of Gray codes. Bits of coordinate d are flipped by those of shift[d]
// (a random digital shift, which keeps the sequence's uniformity); an empty `shift` flips none.
// Direction numbers: S. Joe and F. Y. Kuo, Constructing Sobol sequences with better two-dimensional
// projections, SIAM J. Sci. Comput. 30 (2008), file new-joe-kuo-6.
std::vector<double> sobol_point(uint32_t index, int dimensions,
                                const std::vector<uint32_t>& shift = {});

}  // namespace sightline
