// Text repairs of the openai profile, with results equal to those of ftfy 6.3 and Python's html
// module.
#pragma once

#include <string>
#include <string_view>

namespace sightline {

// Repairs a text like ftfy.fix_text with default settings.
// Source: ftfy fix_text
std::u32string fix_text(std::u32string_view text);

// Repairs mojibake: text that was encoded as UTF-8 and decoded in another encoding.
// Source: ftfy fix_encoding
std::u32string fix_encoding(std::u32string text);

// Returns whether a text contains sequences that are much more likely mojibake than intended.
// Source: ftfy badness.is_bad
bool looks_like_mojibake(std::u32string_view text);

// Unescapes HTML entities that end with ';', including upper-case forms such as &EACUTE;.
// Source: ftfy fixes.unescape_html
std::u32string unescape_entities(std::u32string_view text);

// Unescapes by the complete HTML 5 rules: "&copy2" becomes "©2".
// Source: Python html.unescape
std::u32string html_unescape(std::u32string_view text);

}  // namespace sightline
