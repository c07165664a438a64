// Which emoji belong together, and which are held out of training.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sample_data/emoji_table.h"

namespace sightline {

// The sequence with everything that only varies its person taken out, so that all skin tones, hair
// styles and genders of one emoji give the same key:
//   - emoji presentation, joiners and skin tones are dropped; hair and the signs female and male
//     are dropped behind a first code point (alone, they are emoji of their own)
//   - man, woman, person, blond person and bearded person are one; so are boy, girl and child; the
//     three older people; prince, princess and person with crown; the three that are pregnant; the
//     two dancers; Santa, Mrs. and mx Claus
//   - pairs and groups of people written with joiners fall together with the single code point for
//     the same thing: holding hands, kiss, couple with heart, family, handshake
std::u32string family_key(std::u32string_view sequence);

enum class Split { train, test, novel };
std::string_view split_name(Split split);

struct SplitResult {
  std::vector<Split> split;   // one for each emoji
  std::vector<size_t> first;  // index of the first emoji of its family
};

// Holds out exactly `novel_rows` rows as whole families, then `test_rows` single rows. glyphs[i] is
// the font's image of emoji i: equal images join families. What is chosen follows SHA-256 of
// the families' and rows' code points, so that a font with a few emoji more moves few rows.
// Throws invalid_argument where there are not enough rows.
SplitResult split_emoji(const std::vector<Emoji>& table, const std::vector<uint32_t>& glyphs,
                        size_t test_rows, size_t novel_rows);

}  // namespace sightline
