// The sections of the page, each in a file of its own. All of them return HTML; empty where there
// is nothing to show.
#pragma once

#include <sightline/experiment.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "report/page.h"

namespace sightline {

std::string base64(std::string_view bytes);
std::string figure_html(const PageImage& image);

std::string noise_section(const ExperimentResult& result);  // tables and samples of noised captions
std::string queries_section(const ExperimentResult& result, const PageImages& images);
std::string rows_section(const ExperimentResult& result, const PageImages& images);

// A style for each image, as its background: the page shows many of them several times and holds
// each once.
std::string image_styles(const PageImages& images);

}  // namespace sightline
