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

// Draws the icons that match_emoji() finds. Emoji outside of `novel` whose drawn image is the same,
// pixel for pixel, as that of a `novel` one are left out. Throws what render_icons() throws, and
// invalid_data if the set has no icon of an emoji.
EmojiPictures draw_pictures(const std::vector<Emoji>& table, const std::vector<Split>& splits,
                            const IconSet& set, const ProgressFn& progress);

}  // namespace sightline
