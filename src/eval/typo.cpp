#include "eval/typo.h"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "text/unicode/letter_case.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

enum class Slip { swap, drop, repeat, neighbour };

// Each key and those that touch it, letters and digits only.
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

// Keys beside that of c, in lower case; none where c is not on the keyboard.
std::string_view neighbours(char32_t c) {
  const char32_t low = c >= U'A' && c <= U'Z' ? c + 0x20 : c;
  for (const auto& [key, beside] : kKeys) {
    if (static_cast<char32_t>(key) == low) return beside;
  }
  return {};
}

bool is_written(char32_t c) {
  return unicode::is_letter(c) || unicode::is_number(c);
}

// Marks, joiners and variation selectors belong to the letter before them; dashes, quotes and the
// punctuation of East Asia do not.
bool belongs_to_letter(char32_t c) {
  if (c < 0x300 || is_written(c)) return false;
  const bool punctuation =
      (c >= 0x2010 && c <= 0x205E) || (c >= 0x3000 && c <= 0x3020) || (c >= 0xFF00 && c <= 0xFF0F);
  return !punctuation;
}

// A letter or digit with its marks, or one code point of something else.
struct Unit {
  std::u32string text;
  bool written = false;
};

std::vector<Unit> units_of(const std::u32string& word) {
  std::vector<Unit> units;
  for (const char32_t c : word) {
    if (!units.empty() && units.back().written && belongs_to_letter(c)) {
      units.back().text += c;
    } else {
      units.push_back({std::u32string(1, c), is_written(c)});
    }
  }
  return units;
}

std::vector<size_t> places_for(Slip slip, const std::vector<Unit>& units, size_t written) {
  std::vector<size_t> places;
  for (size_t i = 0; i < units.size(); ++i) {
    if (!units[i].written) continue;
    switch (slip) {
      case Slip::swap:
        if (i + 1 == units.size() || !units[i + 1].written || units[i].text == units[i + 1].text)
          continue;
        break;
      case Slip::drop:
        if (written < 2) continue;
        break;
      case Slip::repeat:
        break;
      case Slip::neighbour:
        if (neighbours(units[i].text[0]).empty()) continue;
        break;
    }
    places.push_back(i);
  }
  return places;
}

void apply(Slip slip, std::vector<Unit>& units, size_t at, Random& random) {
  switch (slip) {
    case Slip::swap:
      std::swap(units[at], units[at + 1]);
      break;
    case Slip::drop:
      units.erase(units.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case Slip::repeat: {
      const Unit again = units[at];
      units.insert(units.begin() + static_cast<std::ptrdiff_t>(at), again);
      break;
    }
    case Slip::neighbour: {
      char32_t& c = units[at].text[0];
      const std::string_view keys = neighbours(c);
      const auto key = static_cast<char32_t>(keys[random.below(keys.size())]);
      c = c >= U'A' && c <= U'Z' ? unicode::to_upper(key) : key;
      break;
    }
  }
}

}  // namespace

std::u32string with_typo(const std::u32string& word, Random& random) {
  std::vector<Unit> units = units_of(word);
  size_t written = 0;
  for (const Unit& unit : units) written += unit.written;
  std::vector<std::pair<Slip, std::vector<size_t>>> possible;
  for (const Slip slip : {Slip::swap, Slip::drop, Slip::repeat, Slip::neighbour}) {
    auto places = places_for(slip, units, written);
    if (!places.empty()) possible.emplace_back(slip, std::move(places));
  }
  if (possible.empty()) return word;
  const auto& [slip, places] = possible[random.below(possible.size())];
  apply(slip, units, places[random.below(places.size())], random);
  std::u32string out;
  for (const Unit& unit : units) out += unit.text;
  return out;
}

}  // namespace sightline
