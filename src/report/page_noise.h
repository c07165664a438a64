// The section of the page about noise, as HTML: tables and samples. Empty without noise.
#pragma once

#include <sightline/experiment.h>
#include <string>

namespace sightline {

std::string noise_section(const ExperimentResult& result);  // tables and samples of noised captions

}  // namespace sightline
