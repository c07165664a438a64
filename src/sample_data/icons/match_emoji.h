// Finds the icons that show emoji.
#pragma once

#include <string>
#include <vector>

#include "sample_data/emoji/emoji_table.h"
#include "sample_data/icons/icon_set.h"

namespace sightline {

// Returns the icon or alias for each emoji; empty if the set has none:
//   1. that of its code points in chars.json, U+FE0F removed on both sides;
//   2. one with its name, everything but a-z and 0-9 removed on both sides: its CLDR name, else the
//      Unicode name of a single character. "flag-for-x" is "flag: x". Names of several emoji are
//      not used ("keycap: #", "keycap: *"), and an alias only if its icon shows no emoji so far,
//      because some name another emoji: emojione's "up-button" is the arrow "upwards-button".
std::vector<std::string> match_emoji(const std::vector<Emoji>& table, const IconSet& set);

}  // namespace sightline
