// The style sheet and the scripts of pages, which the build embeds from page.css and the .js files.
#pragma once

#include <string_view>

namespace sightline {

std::string_view page_style();
std::string_view page_script();      // of the report of one data set
std::string_view overview_script();  // of the overview of several

}  // namespace sightline
