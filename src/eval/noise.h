// Captions made worse on purpose; the kinds are those of sightline/robustness.h.
#pragma once

#include <sightline/robustness.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace sightline {

// The caption with `kind` of noise in a share `strength` of its words. A pure function. White space
// between words stays as it is; a caption of which no word is hit comes back byte for byte;
// otherwise the result is valid UTF-8 (bytes that are not become U+FFFD) and a letter keeps the
// marks that follow it. Never blank where the caption is not.
// Throws invalid_argument where strength is not in 0..1.
std::string add_noise(NoiseKind kind, std::string_view caption, double strength, uint64_t seed);

}  // namespace sightline
