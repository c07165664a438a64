// Times as text.
#pragma once

#include <cstdint>
#include <string>

namespace sightline {

// Returns seconds since 1970 in UTC, "2026-01-31T12:00:00Z".
std::string utc_text(int64_t seconds);

}  // namespace sightline
