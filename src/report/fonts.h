// Characters that the installed fonts cannot draw.
//
// Pango takes each character from the first installed font that has it, in figures (gnuplot's Cairo
// terminals) and in grids. For a character without a font it draws a box, which in a figure covers
// half of the panel.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sightline {

// Returns plain_text(text). Each run of characters that no installed font can draw is replaced by
// its code points: "‹U+65E5 U+672C›".
std::string drawable_text(std::string_view text);

// Returns a warning with the number of different characters in `texts` that no installed font can
// draw, and the Debian package of a font for the first of them; or an empty string.
std::string missing_characters_warning(std::span<const std::string> texts);

}  // namespace sightline
