#include <algorithm>

#include "text/cleaning/cleaning.h"
#include "text/cleaning/fix_tables.h"
#include "text/cleaning/text_fix.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

const Replacement* find_replacement(std::span<const Replacement> table, char32_t c) {
  const auto it = std::lower_bound(table.begin(), table.end(), c,
                                   [](const Replacement& r, char32_t v) { return r.from < v; });
  return it != table.end() && it->from == c ? &*it : nullptr;
}

bool is_removed_control(char32_t c) {
  return std::any_of(kRemovedControls.begin(), kRemovedControls.end(),
                     [&](const auto& range) { return c >= range.first && c <= range.last; });
}

// The repairs that look at one character: C1 controls, ligatures, widths, quotes, line ends.
// A replacement is not looked at again, as each repair's result holds nothing for the next ones
// except for the apostrophe of U+0149, which the quotes' repair turns straight.
void append_fixed(char32_t c, std::u32string& out) {
  if (c >= 0x80 && c <= 0x9F) {
    const char16_t meant = kWindows1252[c - 0x80];
    c = meant ? meant : c;
  }
  const Replacement* replacement = find_replacement(kLigatures, c);
  if (!replacement) replacement = find_replacement(kWidths, c);
  const std::u32string_view parts = replacement ? replacement->to : std::u32string_view(&c, 1);
  for (const char32_t part : parts) {
    if (part == 0x2BC || (part >= 0x2018 && part <= 0x201B)) {
      out.push_back('\'');
    } else if (part >= 0x201C && part <= 0x201F) {
      out.push_back('"');
    } else if (part == 0x2028 || part == 0x2029) {
      out.push_back('\n');
    } else {
      out.push_back(part);
    }
  }
}

std::u32string fix_line_breaks(std::u32string_view text) {
  std::u32string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      out.push_back('\n');
      if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// The length of "ESC [ digits and semicolons, letter" at a position, 0 where there is none.
size_t terminal_escape(std::u32string_view text, size_t at) {
  if (text[at] != 0x1B || at + 1 >= text.size() || text[at + 1] != '[') return 0;
  size_t end = at + 2;
  while (end < text.size() && (text[end] == ';' || unicode::is_decimal(text[end]))) ++end;
  const bool letter = end < text.size() && text[end] < 0x80 && unicode::is_letter(text[end]);
  return letter ? end + 1 - at : 0;
}

std::u32string remove_controls(std::u32string_view text) {
  std::u32string out;
  for (size_t at = 0; at < text.size();) {
    if (const size_t escape = terminal_escape(text, at)) {
      at += escape;
      continue;
    }
    out.push_back(text[at++]);
  }
  std::erase_if(out, is_removed_control);
  return out;
}

// Characters that may be looked at again while a whole text is repaired. Only nested entities
// ("&amp;amp;…") need more than a few rounds; a text made of little else would cost its length
// squared. The budget does not run out below 4,000 characters, where results equal ftfy's; beyond,
// a rest of the entities may stay.
class Rounds {
 public:
  explicit Rounds(size_t length) : characters_left_((size_t{1} << 22) + kEach * length) {}

  // Whether a segment may have another round, its `done` + 1st; all may have the first few.
  bool take(size_t done, size_t length) {
    if (characters_left_ < length) return done < kAlways;
    characters_left_ -= length;
    return true;
  }

 private:
  static constexpr size_t kEach = 32, kAlways = 8;
  size_t characters_left_;
};

// One segment, repaired until nothing changes any more.
// Source: ftfy fix_and_explain
std::u32string fix_segment(std::u32string text, bool unescape, Rounds& rounds) {
  for (size_t round = 0; rounds.take(round, text.size()); ++round) {
    std::u32string fixed = fix_encoding(unescape ? unescape_entities(text) : text);
    std::u32string parts;
    parts.reserve(fixed.size());
    for (const char32_t c : fixed) append_fixed(c, parts);
    fixed = unicode::to_nfc(remove_controls(fix_line_breaks(parts)), unicode::Flavor::python);
    if (fixed == text) break;
    text = std::move(fixed);
  }
  return text;
}

std::u32string_view strip(std::u32string_view text) {
  while (!text.empty() && unicode::is_python_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && unicode::is_python_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

std::u32string fix_text(std::u32string_view text) {
  constexpr size_t kLongestSegment = 1'000'000;
  std::u32string out;
  Rounds rounds(text.size());
  bool unescape = true;  // until a '<' says that this is HTML
  while (!text.empty()) {
    const size_t line_end = text.find(U'\n');
    size_t length = line_end == std::u32string_view::npos ? text.size() : line_end + 1;
    length = std::min(length, kLongestSegment);
    const std::u32string_view segment = text.substr(0, length);
    if (segment.find(U'<') != std::u32string_view::npos) unescape = false;
    out += fix_segment(std::u32string(segment), unescape, rounds);
    text.remove_prefix(length);
  }
  return out;
}

std::u32string clean_openai(std::u32string text) {
  text = html_unescape(html_unescape(fix_text(text)));
  constexpr NormalizerStep kFold[] = {NormalizerStep::fold_spaces};
  const std::u32string folded = clean_hf(std::u32string(strip(text)), kFold);
  return unicode::to_lower(strip(folded), unicode::Flavor::python);
}

}  // namespace sightline
