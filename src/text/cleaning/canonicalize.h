// OpenCLIP's cleaning of texts, before a tokenizer's own.
#pragma once

#include <string>
#include <string_view>

namespace sightline {

// The modes of OpenCLIP's "clean" setting. All repair a text with ftfy and unescape HTML first.
enum class TextCleaning {
  whitespace,    // single spaces
  lower,         // and lower case
  canonicalize,  // lower case, '_' becomes a space, other ASCII punctuation is removed
};

// Source: mlfoundations/open_clip src/open_clip/tokenizer.py, get_clean_fn
std::u32string clean_open_clip(std::u32string text, TextCleaning cleaning);

// Python's string.punctuation.
bool is_ascii_punctuation(char32_t c);

}  // namespace sightline
