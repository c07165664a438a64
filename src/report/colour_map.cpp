#include "report/colour_map.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace sightline {

std::array<uint8_t, 3> map_colour(double value) {
  constexpr std::array<std::array<uint8_t, 3>, 9> kColours = {{{68, 1, 84},
                                                               {71, 44, 122},
                                                               {59, 81, 139},
                                                               {44, 113, 142},
                                                               {33, 144, 141},
                                                               {39, 173, 129},
                                                               {92, 200, 99},
                                                               {170, 220, 50},
                                                               {253, 231, 37}}};
  const double at = std::clamp(value, 0.0, 1.0) * (kColours.size() - 1);
  const auto first = std::min(static_cast<size_t>(at), kColours.size() - 2);
  const double weight = at - static_cast<double>(first);
  std::array<uint8_t, 3> out{};
  for (size_t c = 0; c < 3; ++c) {
    out[c] = static_cast<uint8_t>(
        std::lround((1 - weight) * kColours[first][c] + weight * kColours[first + 1][c]));
  }
  return out;
}

}  // namespace sightline
