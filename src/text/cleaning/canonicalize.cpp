#include "text/cleaning/canonicalize.h"

#include <algorithm>

#include "text/cleaning/clean_openai.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

using unicode::Flavor;

// Returns " ".join(text.split()).
std::u32string single_spaces(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (const char32_t c : text) {
    if (!unicode::is_python_space(c)) {
      out.push_back(c);
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

bool is_ascii_punctuation(char32_t c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}

std::u32string clean_open_clip(std::u32string text, TextCleaning cleaning) {
  text = clean_basic(std::move(text));
  if (cleaning == TextCleaning::whitespace) return single_spaces(text);
  if (cleaning == TextCleaning::lower)
    return unicode::to_lower(single_spaces(text), Flavor::python);
  std::replace(text.begin(), text.end(), U'_', U' ');
  std::erase_if(text, is_ascii_punctuation);
  return single_spaces(unicode::to_lower(text, Flavor::python));
}

}  // namespace sightline
