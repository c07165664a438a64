// Draws icons as images of a data set.
#pragma once

#include <sightline/progress.h>
#include <sightline/sample_count.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sample_data/icons/icon_set.h"

namespace sightline {

// Images are as large as those of emoji; an icon is at most a quarter larger than on its own page,
// so that "black small square" stays small.
inline constexpr int kIconSide = 136;

struct RenderedIcons {
  std::vector<std::vector<uint8_t>> png;  // of each name; empty if the icon cannot be used
  int64_t failed = 0;                     // librsvg cannot draw the icon
  int64_t blank = 0;                      // blank or in one colour: shows_something()
};

// Draws icons of a set with librsvg, on white, on all cores. Empty names are skipped. Throws io,
// cancelled, unsupported (this build cannot draw SVG).
RenderedIcons render_icons(const IconSet& set, const std::vector<std::string>& names,
                           const ProgressFn& progress);

}  // namespace sightline
