// Adds noise to captions; the kinds are defined in sightline/robustness.h.
#pragma once

#include <sightline/robustness.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace sightline {

// Returns `caption` with noise of `kind` on an expected share `strength` of its words. A pure
// function of its arguments. White space between words is kept. If no word changes, the result is
// identical to the input, byte for byte. Otherwise it is valid UTF-8: invalid bytes become U+FFFD,
// and a letter keeps the combining marks that follow it. The result is blank only if the caption
// is. Throws invalid_argument if strength is not in 0..1.
std::string add_noise(NoiseKind kind, std::string_view caption, double strength, uint64_t seed);

}  // namespace sightline
