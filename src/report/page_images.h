// The sections of the page that show images, as HTML. Empty where there is nothing to show.
#pragma once

#include <sightline/experiment.h>
#include <string>

#include "report/page.h"

namespace sightline {

std::string queries_section(const ExperimentResult& result, const PageImages& images);
std::string rows_section(const ExperimentResult& result, const PageImages& images);

// A style for each image, as its background: the page shows many of them several times and holds
// each once.
std::string image_styles(const PageImages& images);

}  // namespace sightline
