#include "text/cleaning/clean_hf.h"

#include "text/unicode/nfc.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

std::u32string collapse_whitespace(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  bool in_space = false;
  for (const char32_t c : text) {
    const bool space = unicode::is_space(c);
    if (!space) out.push_back(c);
    if (space && !in_space) out.push_back(' ');
    in_space = space;
  }
  return out;
}

std::u32string strip(std::u32string_view text) {
  size_t begin = 0, end = text.size();
  while (begin < end && unicode::is_space(text[begin])) ++begin;
  while (end > begin && unicode::is_space(text[end - 1])) --end;
  return std::u32string(text.substr(begin, end - begin));
}

}  // namespace

std::u32string clean_hf(std::u32string text, std::span<const NormalizerStep> steps) {
  for (const NormalizerStep step : steps) {
    switch (step) {
      case NormalizerStep::nfc:
        text = unicode::to_nfc(text, unicode::Flavor::tokenizers);
        break;
      case NormalizerStep::collapse_whitespace:
        text = collapse_whitespace(text);
        break;
      case NormalizerStep::lowercase:
        text = unicode::to_lower(text, unicode::Flavor::tokenizers);
        break;
      case NormalizerStep::strip:
        text = strip(text);
        break;
    }
  }
  return text;
}

}  // namespace sightline
