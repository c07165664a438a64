// Unescapes HTML entities like ftfy 6.3 and Python's html module.
#pragma once

#include <string>
#include <string_view>

namespace sightline {

// Unescapes HTML entities that end with ';', including upper-case forms such as &EACUTE;.
// Source: ftfy fixes.unescape_html
std::u32string unescape_entities(std::u32string_view text);

// Unescapes by the complete HTML 5 rules: "&copy2" becomes "©2".
// Source: Python html.unescape
std::u32string html_unescape(std::u32string_view text);

}  // namespace sightline
