// The version of the library.
#pragma once

namespace sightline {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace sightline
