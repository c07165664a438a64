// The repairs of the openai profile. Each is the function of the same name in ftfy 6.3 (fixes.py,
// badness.py) or in Python's html module; results are equal, the code is this project's.
#pragma once

#include <string>
#include <string_view>

namespace sightline {

// ftfy.fix_text with its default settings.
std::u32string fix_text(std::u32string_view text);

// Text that was UTF-8 and was read in another encoding, read rightly.
// Source: ftfy fix_encoding
std::u32string fix_encoding(std::u32string text);

// Whether a text holds sequences that are much likelier mojibake than meant so.
// Source: ftfy badness.is_bad
bool looks_like_mojibake(std::u32string_view text);

// Entities with a ';' only, and capital forms such as &EACUTE;.
// Source: ftfy fixes.unescape_html
std::u32string unescape_entities(std::u32string_view text);

// HTML 5's rules in full: "&copy2" is "©2".
// Source: Python html.unescape
std::u32string html_unescape(std::u32string_view text);

}  // namespace sightline
