// The page's style sheet and script, which the build embeds from page.css and the .js files.
#pragma once

#include <string_view>

namespace sightline {

std::string_view page_style();
std::string_view page_script();

}  // namespace sightline
