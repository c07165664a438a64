#include "eval/typo.h"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "text/unicode/letter_case.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

enum class TypoKind { swap, drop, repeat, adjacent_key };

// Each letter and digit key of a US keyboard with its adjacent letter and digit keys.
constexpr std::array<std::pair<char, std::string_view>, 36> kKeys = {{
    {'1', "2q"},     {'2', "13qw"},   {'3', "24we"},   {'4', "35er"},   {'5', "46rt"},
    {'6', "57ty"},   {'7', "68yu"},   {'8', "79ui"},   {'9', "80io"},   {'0', "9op"},
    {'q', "12wa"},   {'w', "23qeas"}, {'e', "34wrsd"}, {'r', "45etdf"}, {'t', "56ryfg"},
    {'y', "67tugh"}, {'u', "78yihj"}, {'i', "89uojk"}, {'o', "90ipkl"}, {'p', "0ol"},
    {'a', "qwsz"},   {'s', "weadzx"}, {'d', "ersfxc"}, {'f', "rtdgcv"}, {'g', "tyfhvb"},
    {'h', "yugjbn"}, {'j', "uihknm"}, {'k', "iojlm"},  {'l', "opk"},    {'z', "asx"},
    {'x', "sdzc"},   {'c', "dfxv"},   {'v', "fgcb"},   {'b', "ghvn"},   {'n', "hjbm"},
    {'m', "jkn"},
}};

// Keys adjacent to that of c, in lower case; empty if c is not on the keyboard.
std::string_view adjacent_keys(char32_t c) {
  const char32_t low = c >= U'A' && c <= U'Z' ? c + 0x20 : c;
  for (const auto& [key, adjacent] : kKeys) {
    if (static_cast<char32_t>(key) == low) return adjacent;
  }
  return {};
}

bool is_alphanumeric(char32_t c) {
  return unicode::is_letter(c) || unicode::is_number(c);
}

// Whether c extends the letter before it: marks, joiners and variation selectors, but not dashes,
// quotes and East Asian punctuation.
bool extends_letter(char32_t c) {
  if (c < 0x300 || is_alphanumeric(c)) return false;
  const bool punctuation =
      (c >= 0x2010 && c <= 0x205E) || (c >= 0x3000 && c <= 0x3020) || (c >= 0xFF00 && c <= 0xFF0F);
  return !punctuation;
}

// A letter or digit with its marks, or a single other code point.
struct Unit {
  std::u32string text;
  bool alphanumeric = false;
};

std::vector<Unit> units_of(const std::u32string& word) {
  std::vector<Unit> units;
  for (const char32_t c : word) {
    if (!units.empty() && units.back().alphanumeric && extends_letter(c)) {
      units.back().text += c;
    } else {
      units.push_back({std::u32string(1, c), is_alphanumeric(c)});
    }
  }
  return units;
}

std::vector<size_t> positions_for(TypoKind kind, const std::vector<Unit>& units,
                                  size_t alphanumeric_count) {
  std::vector<size_t> positions;
  for (size_t i = 0; i < units.size(); ++i) {
    if (!units[i].alphanumeric) continue;
    switch (kind) {
      case TypoKind::swap:
        if (i + 1 == units.size() || !units[i + 1].alphanumeric ||
            units[i].text == units[i + 1].text)
          continue;
        break;
      case TypoKind::drop:
        if (alphanumeric_count < 2) continue;
        break;
      case TypoKind::repeat:
        break;
      case TypoKind::adjacent_key:
        if (adjacent_keys(units[i].text[0]).empty()) continue;
        break;
    }
    positions.push_back(i);
  }
  return positions;
}

void apply(TypoKind kind, std::vector<Unit>& units, size_t at, Random& random) {
  switch (kind) {
    case TypoKind::swap:
      std::swap(units[at], units[at + 1]);
      break;
    case TypoKind::drop:
      units.erase(units.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case TypoKind::repeat: {
      const Unit again = units[at];
      units.insert(units.begin() + static_cast<std::ptrdiff_t>(at), again);
      break;
    }
    case TypoKind::adjacent_key: {
      char32_t& c = units[at].text[0];
      const std::string_view keys = adjacent_keys(c);
      const auto key = static_cast<char32_t>(keys[random.below(keys.size())]);
      c = c >= U'A' && c <= U'Z' ? unicode::to_upper(key) : key;
      break;
    }
  }
}

}  // namespace

std::u32string with_typo(const std::u32string& word, Random& random) {
  std::vector<Unit> units = units_of(word);
  size_t alphanumeric_count = 0;
  for (const Unit& unit : units) alphanumeric_count += unit.alphanumeric;
  std::vector<std::pair<TypoKind, std::vector<size_t>>> possible;
  for (const TypoKind kind :
       {TypoKind::swap, TypoKind::drop, TypoKind::repeat, TypoKind::adjacent_key}) {
    auto positions = positions_for(kind, units, alphanumeric_count);
    if (!positions.empty()) possible.emplace_back(kind, std::move(positions));
  }
  if (possible.empty()) return word;
  const auto& [kind, positions] = possible[random.below(possible.size())];
  apply(kind, units, positions[random.below(positions.size())], random);
  std::u32string out;
  for (const Unit& unit : units) out += unit.text;
  return out;
}

}  // namespace sightline
