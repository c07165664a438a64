#include "sample_data/emoji/emoji_split.h"

#include <sightline/error.h>

#include <algorithm>
#include <map>
#include <numeric>

namespace sightline {
namespace {

constexpr char32_t kPerson = 0x1F9D1, kChild = 0x1F9D2, kJoiner = 0x200D;
constexpr char32_t kHandshake = 0x1F91D, kHeart = 0x2764, kKissMark = 0x1F48B;
constexpr char32_t kHoldingHands = 0x1F46B, kKiss = 0x1F48F, kCouple = 0x1F491, kFamily = 0x1F46A;
constexpr char32_t kSanta = 0x1F385, kTree = 0x1F384;

bool is_skin_tone(char32_t c) {
  return c >= 0x1F3FB && c <= 0x1F3FF;
}
bool is_hair(char32_t c) {
  return c >= 0x1F9B0 && c <= 0x1F9B3;
}
bool is_gender_sign(char32_t c) {
  return c == 0x2640 || c == 0x2642;
}

// Maps code points that are variants of each other to one representative.
char32_t neutral(char32_t c) {
  switch (c) {
    case 0x1F468:
    case 0x1F469:  // man, woman
    case 0x1F471:
    case 0x1F9D4:  // blond hair, beard
      return kPerson;
    case 0x1F466:
    case 0x1F467:  // boy, girl
      return kChild;
    case 0x1F474:
    case 0x1F475:  // old man, old woman
      return 0x1F9D3;
    case 0x1F934:
    case 0x1F478:  // prince, princess
      return 0x1FAC5;
    case 0x1F930:
    case 0x1FAC3:  // pregnant woman, man
      return 0x1FAC4;
    case 0x1F57A:  // man dancing
      return 0x1F483;
    case 0x1F936:  // Mrs. Claus
      return kSanta;
    case 0x1F46C:
    case 0x1F46D:  // men, women holding hands
      return kHoldingHands;
    default:
      return c;
  }
}

// Replaces a sequence of several people or hands by the single code point with the same meaning.
std::u32string fold_groups(const std::u32string& key) {
  static const std::map<std::u32string, char32_t> kFolds = {
      {{kPerson, kHandshake, kPerson}, kHoldingHands},
      {{kPerson, kHeart, kKissMark, kPerson}, kKiss},
      {{kPerson, kHeart, kPerson}, kCouple},
      {{0x1FAF1, 0x1FAF2}, kHandshake},
      {{kPerson, kTree}, kSanta}};
  const auto found = kFolds.find(key);
  if (found != kFolds.end()) return {found->second};
  const bool people = key.size() > 1 && std::all_of(key.begin(), key.end(), [](char32_t c) {
                        return c == kPerson || c == kChild;
                      });
  return people ? std::u32string{kFamily} : key;
}

// A union-find structure. The representative of a family is its smallest index, the first in table
// order.
class Families {
 public:
  explicit Families(size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), size_t{0});
  }
  size_t find(size_t i) const {
    while (parent_[i] != i) i = parent_[i];
    return i;
  }
  void join(size_t a, size_t b) {
    a = find(a), b = find(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<size_t> parent_;
};

std::vector<size_t> group(const std::vector<Emoji>& table, const std::vector<uint32_t>& glyphs) {
  Families families(table.size());
  std::map<std::u32string, size_t> by_key;
  std::map<uint32_t, size_t> by_glyph;
  for (size_t i = 0; i < table.size(); ++i) {
    families.join(i, by_key.emplace(family_key(table[i].sequence), i).first->second);
    families.join(i, by_glyph.emplace(glyphs[i], i).first->second);
  }
  std::vector<size_t> first(table.size());
  for (size_t i = 0; i < table.size(); ++i) first[i] = families.find(i);
  return first;
}

// Shuffles `items`. The order depends only on the code points of each item.
void shuffle(std::vector<size_t>& items, const std::vector<Emoji>& table, std::string_view salt) {
  std::vector<std::string> names;
  for (const size_t i : items) names.push_back(hex_name(table[i].sequence));
  std::vector<size_t> shuffled;
  for (const size_t at : hash_order(names, salt)) shuffled.push_back(items[at]);
  items = std::move(shuffled);
}

}  // namespace

std::u32string family_key(std::u32string_view sequence) {
  std::u32string key;
  for (const char32_t c : without_presentation(sequence)) {
    const bool follows = !key.empty();
    if (c == kJoiner || (follows && (is_skin_tone(c) || is_hair(c) || is_gender_sign(c)))) continue;
    key.push_back(neutral(c));
  }
  return fold_groups(key);
}

SplitResult split_emoji(const std::vector<Emoji>& table, const std::vector<uint32_t>& glyphs,
                        size_t test_rows, size_t novel_rows) {
  if (glyphs.size() != table.size() || test_rows + novel_rows > table.size()) {
    throw Error(ErrorCode::invalid_argument, "cannot hold out ", test_rows + novel_rows, " of ",
                table.size(), " emoji");
  }
  SplitResult result{std::vector<Split>(table.size(), Split::train), group(table, glyphs)};
  std::map<size_t, std::vector<size_t>> members;
  for (size_t i = 0; i < table.size(); ++i) members[result.first[i]].push_back(i);

  std::vector<size_t> families;
  for (const auto& [first, rows] : members) families.push_back(first);
  shuffle(families, table, "sightline emoji novel ");
  size_t left = novel_rows;
  for (const size_t family : families) {  // skips families larger than the remainder
    const auto& rows = members[family];
    if (rows.size() > left) continue;
    for (const size_t row : rows) result.split[row] = Split::novel;
    left -= rows.size();
  }
  std::vector<size_t> rest;
  for (size_t i = 0; i < table.size(); ++i) {
    if (result.split[i] == Split::train) rest.push_back(i);
  }
  if (left > 0 || rest.size() < test_rows) {
    throw Error(ErrorCode::invalid_argument, "the families of emoji do not add up to exactly ",
                novel_rows, " rows");
  }
  shuffle(rest, table, "sightline emoji test ");
  for (size_t i = 0; i < test_rows; ++i) result.split[rest[i]] = Split::test;
  return result;
}

}  // namespace sightline
