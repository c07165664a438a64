// Durations as people read them.
#pragma once

#include <string>

namespace sightline {

// Formats seconds as "0:07", "12:34" or "1:02:03".
std::string duration_text(double seconds);

}  // namespace sightline
