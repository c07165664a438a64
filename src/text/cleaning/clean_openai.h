// Text cleaning of the openai profile.
#pragma once

#include <string>
#include <string_view>

namespace sightline {

// Repairs a text like ftfy.fix_text with default settings.
// Source: ftfy fix_text
std::u32string fix_text(std::u32string_view text);

// Applies ftfy, unescapes HTML twice, and strips whitespace.
// Source: openai/CLIP clip/simple_tokenizer.py, basic_clean
std::u32string clean_basic(std::u32string text);

// Applies ftfy, unescapes HTML twice, strips and collapses whitespace, and lower-cases.
// Source: openai/CLIP clip/simple_tokenizer.py, basic_clean and whitespace_clean
std::u32string clean_openai(std::u32string text);

}  // namespace sightline
