// The files of the page, which the build embeds from web/dist.
#pragma once

#include <string_view>

namespace sightline {

std::string_view web_index();   // index.html
std::string_view web_script();  // app.js
std::string_view web_style();   // app.css
std::string_view web_icon();    // icon.svg

}  // namespace sightline
