// A perceptually ordered colour map.
#pragma once

#include <array>
#include <cstdint>

namespace sightline {

// Returns the colour (R, G, B) of a value; values outside 0..1 are clamped.
// Source: viridis (Smith, van der Walt; CC0), nine of its colours, interpolated.
std::array<uint8_t, 3> map_colour(double value);

}  // namespace sightline
