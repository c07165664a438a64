// Text of any origin made safe for the places where a report shows it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sightline {

// Valid UTF-8 without control characters: bad bytes become U+FFFD, white space of any length one
// blank, other control characters U+FFFD.
std::string plain_text(std::string_view text);

// plain_text, and & < > " ' as entities: safe between tags and inside quoted attributes.
std::string html_text(std::string_view text);

// A gnuplot string expression that evaluates to plain_text(text), for use without enhanced mode.
std::string gnuplot_text(std::string_view text);

size_t code_point_count(std::string_view text);

// At most `width` code points: the middle gives way to "…". For plain text.
std::string shorten(std::string_view text, size_t width);

// The label of a gnuplot tic: a string expression of several lines of at most `width` code points
// (three lines; the rest is shortened), broken after '-', '_', '/', '.' or a blank where possible.
std::string gnuplot_wrapped(std::string_view text, size_t width);

// With that many decimals, "." whatever the locale.
std::string decimal(double value, int decimals);

}  // namespace sightline
