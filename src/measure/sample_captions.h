// Captions to measure text encoding with.
#pragma once

#include <string>
#include <vector>

namespace sightline {

// Thirty-two different captions of ordinary length: 5 to 20 words.
const std::vector<std::string>& sample_captions();

}  // namespace sightline
