// Captions and keywords of icons.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// Returns the words of an icon's name without numbers and "duo": "oven-glove-2-duo" -> "oven
// glove". Empty if no part has three letters in a row.
std::string icon_caption(std::string_view name);

// Returns "a | b" for categories such as "BuildingConstruction": "building construction".
std::string icon_keywords(const std::vector<std::string>& categories);

}  // namespace sightline
