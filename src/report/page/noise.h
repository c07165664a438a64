// The section of the page about noise on captions.
#pragma once

#include <sightline/experiment.h>

#include <string>

namespace sightline {

// Tables, and samples of noisy captions. Empty without noise.
std::string noise_section(const ExperimentResult& result);

}  // namespace sightline
