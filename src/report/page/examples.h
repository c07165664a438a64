// The section with example captions.
#pragma once

#include <sightline/experiment.h>

#include <string>

#include "report/page/page.h"

namespace sightline {

// The captions with the best, median and worst ranks of each model. Empty without examples.
std::string examples_section(const ExperimentResult& result, const PageImages& images);

}  // namespace sightline
