// Replaces characters that the installed fonts cannot draw.
#pragma once

#include <string>
#include <string_view>

namespace sightline {

// Returns plain_text(text) with "?" for every character that is in no installed font. gnuplot's
// Cairo terminals draw such a character as a box that covers half of the figure.
std::string drawable_text(std::string_view text);

}  // namespace sightline
