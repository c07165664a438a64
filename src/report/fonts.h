// What this machine's fonts can draw.
#pragma once

#include <string>
#include <string_view>

namespace sightline {

// plain_text(text) with "?" for every character that no installed font has. gnuplot's Cairo
// terminals draw such a character as a box that covers half of the figure.
std::string drawable_text(std::string_view text);

}  // namespace sightline
