// Groups emoji into families and chooses those that are held out of training.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sample_data/emoji/emoji_table.h"
#include "sample_data/split.h"

namespace sightline {

// Returns a key that is the same for all skin tones, hair styles and genders of one emoji:
//   - Emoji presentation and joiners are removed. Skin tones, hair and the female and male signs
//   are
//     removed after the first code point; alone, they are emoji of their own.
//   - These become one code point each: man, woman, person, blond person and bearded person; boy,
//     girl and child; the three older people; prince, princess and person with crown; the three
//     pregnant people; the two dancers; Santa, Mrs. Claus and Mx. Claus.
//   - Pairs and groups of people written with joiners become the single code point with the same
//     meaning: holding hands, kiss, couple with heart, family, handshake.
std::u32string family_key(std::u32string_view sequence);

struct SplitResult {
  std::vector<Split> split;   // of each emoji
  std::vector<size_t> first;  // of each emoji, the index of the first emoji in its family
};

// Holds out exactly `novel_rows` rows as whole families, then `test_rows` single rows. glyphs[i] is
// the font's glyph for emoji i; emoji with equal glyphs belong to one family. The choice depends on
// SHA-256 of the code points of families and rows, so that few rows change their split when a font
// has a few more emoji. Throws invalid_argument if there are not enough rows.
SplitResult split_emoji(const std::vector<Emoji>& table, const std::vector<uint32_t>& glyphs,
                        size_t test_rows, size_t novel_rows);

}  // namespace sightline
