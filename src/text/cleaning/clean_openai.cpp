#include "text/cleaning/clean_openai.h"

#include <algorithm>

#include "text/cleaning/clean_hf.h"
#include "text/cleaning/fix_tables.h"
#include "text/cleaning/html_unescape.h"
#include "text/cleaning/mojibake.h"
#include "text/unicode/nfc.h"
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

// Repairs a single character: C1 controls, ligatures, character width, quotes, line breaks.
// Replacements need no further repair except U+0149, whose apostrophe is then straightened.
void append_fixed(char32_t c, std::u32string& out) {
  if (c >= 0x80 && c <= 0x9F) {
    const char16_t decoded = kWindows1252[c - 0x80];
    c = decoded ? decoded : c;
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

// Returns the length of the terminal escape "ESC [ digits and semicolons, letter" at a position, or
// 0 if there is none.
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

// Limits how many characters are processed repeatedly during the repair of one text. Only nested
// entities ("&amp;amp;…") need more than a few rounds; without a limit, the time for a text that
// consists of them would be quadratic. Below 4,000 characters the limit is never reached and
// results equal ftfy's; above, some entities may remain.
class RepairBudget {
 public:
  explicit RepairBudget(size_t length)
      : characters_left_((size_t{1} << 22) + kPerCharacter * length) {}

  // Returns whether a segment of `length` characters may have another round after `done` rounds.
  bool consume(size_t done, size_t length) {
    if (characters_left_ < length) return done < kFreeRounds;
    characters_left_ -= length;
    return true;
  }

 private:
  static constexpr size_t kPerCharacter = 32, kFreeRounds = 8;
  size_t characters_left_;
};

// Repairs a segment until nothing changes.
// Source: ftfy fix_and_explain
std::u32string fix_segment(std::u32string text, bool unescape, RepairBudget& budget) {
  for (size_t round = 0; budget.consume(round, text.size()); ++round) {
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
  constexpr size_t kMaxSegmentLength = 1'000'000;
  std::u32string out;
  RepairBudget budget(text.size());
  bool unescape = true;  // until a '<' indicates HTML
  while (!text.empty()) {
    const size_t line_end = text.find(U'\n');
    size_t length = line_end == std::u32string_view::npos ? text.size() : line_end + 1;
    length = std::min(length, kMaxSegmentLength);
    const std::u32string_view segment = text.substr(0, length);
    if (segment.find(U'<') != std::u32string_view::npos) unescape = false;
    out += fix_segment(std::u32string(segment), unescape, budget);
    text.remove_prefix(length);
  }
  return out;
}

std::u32string clean_basic(std::u32string text) {
  text = html_unescape(html_unescape(fix_text(text)));
  return std::u32string(strip(text));
}

std::u32string clean_openai(std::u32string text) {
  constexpr NormalizerStep kFold[] = {NormalizerStep::collapse_whitespace};
  const std::u32string folded = clean_hf(clean_basic(std::move(text)), kFold);
  return unicode::to_lower(strip(folded), unicode::Flavor::python);
}

}  // namespace sightline
