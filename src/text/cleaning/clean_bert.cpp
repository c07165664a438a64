// Source: google-research/bert tokenization.py, BasicTokenizer; tokenizers normalizers/bert.rs and
// pre_tokenizers/bert.rs, whose edge cases are reproduced.
#include "text/cleaning/clean_bert.h"

#include <algorithm>

#include "text/unicode/bert_tables.h"
#include "text/unicode/nfc.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

bool contains(std::span<const unicode::CodePointRange> ranges, char32_t c) {
  const auto it = std::upper_bound(
      ranges.begin(), ranges.end(), c,
      [](char32_t value, const unicode::CodePointRange& range) { return value < range.first; });
  return it != ranges.begin() && c <= (it - 1)->last;
}

bool is_punctuation(char32_t c) {
  if (c < 0x80) return c > ' ' && c < 0x7F && !unicode::is_letter(c) && !unicode::is_number(c);
  return contains(unicode::kBertPunctuation, c);
}

std::u32string remove_controls(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (const char32_t c : text) {
    if (contains(unicode::kBertDropped, c)) continue;
    out.push_back(unicode::is_space(c) ? U' ' : c);
  }
  return out;
}

std::u32string isolate_chinese_chars(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (const char32_t c : text) {
    if (contains(unicode::kBertIdeographs, c)) {
      out += {U' ', c, U' '};
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

std::u32string clean_bert(std::u32string text, const BertCleaning& cleaning) {
  if (cleaning.remove_controls) text = remove_controls(text);
  if (cleaning.isolate_chinese_chars) text = isolate_chinese_chars(text);
  if (cleaning.strip_accents) {
    text = unicode::to_nfd(text, unicode::Flavor::tokenizers);
    std::erase_if(text, [](char32_t c) { return contains(unicode::kBertMarks, c); });
  }
  if (cleaning.lowercase) text = unicode::to_lower(text, unicode::Flavor::tokenizers);
  return text;
}

void split_bert_words(std::u32string_view text,
                      const std::function<bool(size_t begin, size_t end)>& word) {
  for (size_t at = 0; at < text.size();) {
    if (unicode::is_space(text[at])) {
      ++at;
      continue;
    }
    size_t end = at + 1;
    if (!is_punctuation(text[at])) {
      while (end < text.size() && !unicode::is_space(text[end]) && !is_punctuation(text[end]))
        ++end;
    }
    if (!word(at, end)) return;
    at = end;
  }
}

}  // namespace sightline
