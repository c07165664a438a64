// Sections of the page, each in its own file. They return HTML; an empty string means no section.
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

std::string noise_section(
    const ExperimentResult& result);  // metrics, and samples of noisy captions
std::string queries_section(const ExperimentResult& result, const PageImages& images);
std::string rows_section(const ExperimentResult& result, const PageImages& images);

// Returns a CSS class with a background image per thumbnail, so that the page contains each
// thumbnail once even if it is shown several times.
std::string image_styles(const PageImages& images);

}  // namespace sightline
