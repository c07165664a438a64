#include "tune/sobol.h"

#include <sightline/error.h>

#include <array>
#include <bit>

namespace sightline {
namespace {

constexpr int kBits = 32;

// Of one dimension: degree and inner coefficients of the primitive polynomial, and the first
// direction integers.
struct Initial {
  int degree;
  uint32_t coefficients;
  std::array<uint32_t, 7> m;
};

// Dimensions 2 to 32; the first one is the van der Corput sequence.
constexpr std::array<Initial, kSobolDimensions - 1> kInitial = {{
    {1, 0, {1}},
    {2, 1, {1, 3}},
    {3, 1, {1, 3, 1}},
    {3, 2, {1, 1, 1}},
    {4, 1, {1, 1, 3, 3}},
    {4, 4, {1, 3, 5, 13}},
    {5, 2, {1, 1, 5, 5, 17}},
    {5, 4, {1, 1, 5, 5, 5}},
    {5, 7, {1, 1, 7, 11, 19}},
    {5, 11, {1, 1, 5, 1, 1}},
    {5, 13, {1, 1, 1, 3, 11}},
    {5, 14, {1, 3, 5, 5, 31}},
    {6, 1, {1, 3, 3, 9, 7, 49}},
    {6, 13, {1, 1, 1, 15, 21, 21}},
    {6, 16, {1, 3, 1, 13, 27, 49}},
    {6, 19, {1, 1, 1, 15, 7, 5}},
    {6, 22, {1, 3, 1, 15, 13, 25}},
    {6, 25, {1, 1, 5, 5, 19, 61}},
    {7, 1, {1, 3, 7, 11, 23, 15, 103}},
    {7, 4, {1, 3, 7, 13, 13, 15, 69}},
    {7, 7, {1, 1, 3, 13, 7, 35, 63}},
    {7, 8, {1, 3, 5, 9, 1, 25, 53}},
    {7, 14, {1, 3, 1, 13, 9, 35, 107}},
    {7, 19, {1, 3, 1, 5, 27, 61, 31}},
    {7, 21, {1, 1, 5, 11, 19, 41, 61}},
    {7, 28, {1, 3, 5, 3, 3, 13, 69}},
    {7, 31, {1, 1, 7, 13, 1, 19, 1}},
    {7, 32, {1, 3, 7, 5, 13, 19, 59}},
    {7, 37, {1, 1, 3, 9, 25, 29, 41}},
    {7, 41, {1, 3, 5, 13, 23, 1, 55}},
    {7, 42, {1, 3, 7, 3, 13, 59, 17}},
}};

using Directions = std::array<uint32_t, kBits>;

Directions directions_of(int dimension) {
  Directions v{};
  if (dimension == 0) {
    for (int i = 0; i < kBits; ++i) v[i] = 1u << (kBits - 1 - i);
    return v;
  }
  const Initial& initial = kInitial[static_cast<size_t>(dimension - 1)];
  const int s = initial.degree;
  for (int i = 0; i < kBits; ++i) {
    if (i < s) {
      v[i] = initial.m[i] << (kBits - 1 - i);
      continue;
    }
    v[i] = v[i - s] ^ (v[i - s] >> s);
    for (int k = 1; k < s; ++k) {
      if (((initial.coefficients >> (s - 1 - k)) & 1) != 0) v[i] ^= v[i - k];
    }
  }
  return v;
}

}  // namespace

std::vector<double> sobol_point(uint32_t index, int dimensions,
                                const std::vector<uint32_t>& shift) {
  if (dimensions < 1 || dimensions > kSobolDimensions) {
    throw Error(ErrorCode::invalid_argument, "Sobol points of ", dimensions,
                " dimensions; expected 1 to ", kSobolDimensions);
  }
  const uint32_t gray = index ^ (index >> 1);
  std::vector<double> point;
  for (int d = 0; d < dimensions; ++d) {
    const Directions v = directions_of(d);
    uint32_t x = shift.empty() ? 0 : shift[static_cast<size_t>(d)];
    for (int bit = 0; bit < kBits; ++bit) {
      if (((gray >> bit) & 1) != 0) x ^= v[bit];
    }
    point.push_back(x * 0x1p-32);
  }
  return point;
}

}  // namespace sightline
