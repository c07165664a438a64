// Escapes and shortens untrusted text for reports.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// Returns valid UTF-8 without control characters. Invalid bytes and control characters become
// U+FFFD; runs of white space become one space, and leading and trailing white space is removed.
std::string plain_text(std::string_view text);

// Returns plain_text(text) with & < > " ' as entities: safe between tags and in quoted attributes.
std::string html_text(std::string_view text);

// Returns `text` with the same entities, and unchanged white space: text that is copied from the
// page. Invalid bytes and control characters become U+FFFD.
std::string html_exact(std::string_view text);

// Returns a gnuplot string expression that evaluates to plain_text(text); requires noenhanced mode.
std::string gnuplot_text(std::string_view text);

// Width in columns: East Asian wide characters and emoji are two, all other code points one.
size_t text_width(std::string_view text);

// Shortens plain text to at most `width` columns by replacing its middle with an ellipsis.
std::string shorten(std::string_view text, size_t width);

// Splits plain_text(text) into at most `lines` lines of at most `width` columns. Breaks lines
// after '-', '_', '/', '.' or a space if possible; shortens longer text in the middle.
std::vector<std::string> wrapped(std::string_view text, size_t width, size_t lines);

// Returns a gnuplot string expression for a tic label: the lines of wrapped().
std::string gnuplot_wrapped(std::string_view text, size_t width, size_t lines);

// Fixed-point notation with `decimals` decimals and a decimal point in every locale. Values that
// round to zero have no sign.
std::string decimal(double value, int decimals);

// A share in percent with at most four decimals, without trailing zeros: "95 %", "99.9 %".
std::string percent_text(double share);

}  // namespace sightline
