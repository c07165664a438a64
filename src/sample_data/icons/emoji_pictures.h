// The images of emoji from a set of icons.
#pragma once

#include <sightline/progress.h>
#include <sightline/sample_count.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sample_data/emoji/emoji_table.h"
#include "sample_data/icons/icon_set.h"
#include "sample_data/split.h"

namespace sightline {

struct EmojiPictures {
  std::vector<std::string> icons;         // of each emoji; empty: left out
  std::vector<std::vector<uint8_t>> png;  // of each emoji; empty: left out
  std::vector<SampleCount> left_out;      // emoji, by the reason
  int64_t unmatched_icons = 0;            // icons of the set that are the image of no emoji
};

// Draws the icons that match_emoji() finds. Emoji outside of `novel` whose icon is the same image
// as that of a `novel` one are left out. Throws what render_icons() throws, and invalid_data if the
// set has no icon of an emoji.
EmojiPictures draw_pictures(const std::vector<Emoji>& table, const std::vector<Split>& splits,
                            const IconSet& set, const ProgressFn& progress);

// Returns the columns creator, licence and source of an icon's row.
Json source_columns(const IconSet& set, const std::string& icon);

// Returns the package's name, version, author and licence for a manifest.
Json package_json(const IconSet& set);

}  // namespace sightline
