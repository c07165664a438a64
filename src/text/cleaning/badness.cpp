// Detects mojibake by short patterns of character classes. Each row is one alternative of ftfy's
// badness expression.
#include "text/cleaning/badness.h"

#include <initializer_list>
#include <vector>

#include "text/cleaning/char_class.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

// Sets in addition to those of CharClass.
constexpr uint32_t kAsciiLower = 1u << 20;
constexpr uint32_t kAsciiUpper = 1u << 21;
constexpr uint32_t kWhiteSpace = 1u << 22;
constexpr uint32_t kWordCharacter = 1u << 23;  // \w
constexpr uint32_t kNotAsciiLetter = 1u << 24;
constexpr uint32_t kNotLineFeed = 1u << 25;
constexpr uint32_t kTextStart = 1u << 26;  // zero-width: the start of the text
constexpr uint32_t kAsciiLetter = kAsciiLower | kAsciiUpper;

// Matches one character that is in any of the sets or in `characters`.
struct Atom {
  uint32_t sets = 0;
  std::u32string_view characters = {};
};

constexpr uint32_t kAccented = kLowerAccented | kUpperAccented;
constexpr uint32_t kPunctuation = kStartPunctuation | kEndPunctuation;
constexpr uint32_t kUnlikely = kAccented | kBox | kPunctuation | kCurrency | kNumeric | kLaw;
constexpr Atom kArabic{kCommon | kCurrency | kBad | kNumeric | kStartPunctuation, U"ŸŠ®°µ»"};
constexpr Atom kArabicLead{0, U"ØÙ"};
constexpr Atom kCyrillicLead{0, U"ВГРС"};
constexpr Atom kGreekLead{0, U"ΒΓΞΟ"};
constexpr Atom kSpace{0, U" "};

const std::vector<std::vector<Atom>>& patterns() {
  static const std::vector<std::vector<Atom>> table = {
      {{kC1}},
      {{kBad | kUnlikely}, {kBad}},
      {{kAsciiLetter}, {kLowerCommon | kUpperCommon}, {kBad}},
      {{kBad}, {kUnlikely}},
      {{kLowerAccented | kLowerCommon | kBox | kEndPunctuation | kCurrency | kNumeric},
       {kUpperAccented}},
      {{kBox | kEndPunctuation | kCurrency | kNumeric}, {kLowerAccented}},
      {{kLowerAccented | kBox | kEndPunctuation}, {kCurrency}},
      {{kWhiteSpace}, {kUpperAccented}, {kCurrency}},
      {{kUpperAccented | kBox}, {kNumeric | kLaw}},
      {{kAccented | kBox | kCurrency | kEndPunctuation}, {kStartPunctuation}, {kNumeric}},
      {{kAccented | kCurrency | kNumeric | kBox | kLaw}, {kEndPunctuation}, {kStartPunctuation}},
      {{kCurrency | kNumeric | kBox}, {kStartPunctuation}},
      {{kAsciiLower}, {kUpperAccented}, {kStartPunctuation | kCurrency}},
      {{kBox}, {kKaomoji}},
      {{kAccented | kCurrency | kNumeric | kPunctuation | kLaw}, {kBox}},
      {{kBox}, {kEndPunctuation}},
      {{kAccented}, {kPunctuation}, {kWordCharacter}},
      {{0, U"Œœ"}, {kNotAsciiLetter}},
      {{kUpperAccented}, {0, U"°"}},
      // Windows-1252
      {{0, U"ÂÃÎÐ"}, {kPunctuation, U"€œŠš¢£Ÿž\u00a0\u00ad®©°·»–—´"}},
      {{0, U"×"}, {0, U"²³"}},
      {kArabicLead, kArabic, kArabicLead, kArabic},
      {{0, U"à"}, {0, U"²µ¹¼½¾"}},
      // MacRoman
      {{0, U"√"}, {0, U"±∂†≠®™´≤≥¥µø"}},
      {{0, U"≈"}, {0, U"°¢"}},
      {{0, U"‚"}, {0, U"Ä"}, {0, U"ìîïòôúùû†°¢π"}},
      {{0, U"‚"}, {0, U"âó"}, {0, U"àä°ê"}},
      // Windows-1251
      {{0, U"в"}, {0, U"Ђ"}},
      {kCyrillicLead, {kC1 | kBad | kPunctuation | kCurrency, U"°µ"}, kCyrillicLead},
      {{0, U"Г"}, {0, U"ў"}, {0, U"В"}, {0, U"Ђ"}, {0, U"В"}, {kNotLineFeed}, {kAsciiLetter, U" "}},
      // Windows-1252: à, á and the no-break space
      {{0, U"Ã"}, {0, U"\u00a0¡"}},
      {{kAsciiLower}, {0, U"ÃÂ"}, kSpace},
      {{kAsciiLower}, {kWhiteSpace}, {0, U"ÃÂ"}, kSpace},
      {{kTextStart}, {0, U"ÃÂ"}, kSpace},
      {{kAsciiLower | kEndPunctuation, U".,?!"}, {0, U"Â"}, {kPunctuation, U" "}},
      // Windows-1253, Windows-1257
      {{0, U"β"}, {0, U"€"}, {0, U"™\u00a0Ά\u00ad®°"}},
      {kGreekLead, {kC1 | kBad | kPunctuation | kCurrency, U"°"}, kGreekLead},
      {{0, U"ā"}, {0, U"€"}},
  };
  return table;
}

uint32_t sets_of(char32_t c) {
  uint32_t sets = char_classes(c);
  if (c >= 'a' && c <= 'z') sets |= kAsciiLower;
  if (c >= 'A' && c <= 'Z') sets |= kAsciiUpper;
  if ((sets & kAsciiLetter) == 0) sets |= kNotAsciiLetter;
  if (c != '\n') sets |= kNotLineFeed;
  if (unicode::is_python_space(c)) sets |= kWhiteSpace;
  if (c == '_' || unicode::is_letter(c) || unicode::is_number(c)) sets |= kWordCharacter;
  return sets;
}

bool matches(const std::vector<Atom>& pattern, std::u32string_view text,
             const std::vector<uint32_t>& sets, size_t at) {
  for (const Atom& atom : pattern) {
    if (atom.sets == kTextStart) {
      if (at != 0) return false;
      continue;
    }
    if (at == text.size()) return false;
    if ((sets[at] & atom.sets) == 0 && atom.characters.find(text[at]) == std::u32string_view::npos)
      return false;
    ++at;
  }
  return true;
}

}  // namespace

bool looks_like_mojibake(std::u32string_view text) {
  std::vector<uint32_t> sets(text.size());
  for (size_t i = 0; i < text.size(); ++i) sets[i] = sets_of(text[i]);
  for (size_t at = 0; at < text.size(); ++at) {
    // Every pattern has a non-ASCII character among its first three.
    const size_t end = std::min(text.size(), at + 3);
    if (std::all_of(text.begin() + at, text.begin() + end, [](char32_t c) { return c < 0x80; }))
      continue;
    for (const auto& pattern : patterns()) {
      if (matches(pattern, text, sets, at)) return true;
    }
  }
  return false;
}

}  // namespace sightline
