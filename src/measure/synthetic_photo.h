// Synthetic photographs to measure decoding and preprocessing with.
#pragma once

#include <cstdint>
#include <string>

namespace sightline {

// The bytes of a JPEG file (quality 92, 4:2:0): noise with the 1/f spectrum of photographs, so that
// decoding takes as long as for one. Each seed yields another image, the same on every machine.
std::string synthetic_photo(int width, int height, uint64_t seed);

}  // namespace sightline
