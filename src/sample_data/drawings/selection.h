// Rules for the files of the package that are drawings of something.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sample_data/drawings/drawing.h"

namespace sightline {

// Whether a licence's URL places the work in the public domain.
bool is_public_domain(std::string_view licence);

// The folders that are left out: geometric shapes, gradients, patterns, icon themes, buttons, logos
// and series of signs. In the order in which they are reported.
std::span<const std::string_view> left_out_folders();

// Returns the left-out folder that a path is in, or an empty text.
std::string_view left_out_folder(std::string_view path);

// Whether title and keywords are without the words of kNotForEveryone.
bool is_for_everyone(const Drawing& drawing);

// Returns whether each drawing is kept: at most `most` drawings of one creator have one caption,
// those that come first. Drawings and captions have the same order.
std::vector<bool> keep_short_series(std::span<const Drawing> drawings,
                                    std::span<const std::string> captions, int most);

}  // namespace sightline
