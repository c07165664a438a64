// The version of the library that these headers belong to.
#pragma once

namespace sightline {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace sightline
