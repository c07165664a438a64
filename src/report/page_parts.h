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

// Parts that several sections of the HTML page share.
}  // namespace sightline
