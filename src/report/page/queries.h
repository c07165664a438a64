// The section with free queries.
#pragma once

#include <sightline/experiment.h>

#include <string>

#include "report/page/page.h"

namespace sightline {

// The hits of each free query, the models side by side. Empty without queries.
std::string queries_section(const ExperimentResult& result, const PageImages& images);

}  // namespace sightline
