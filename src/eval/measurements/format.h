// Names in measurements.json (docs/formats/measurements.md), shared by its writer and its reader.
#pragma once

namespace sightline::measurements {

inline constexpr const char* kFormat = "sightline-measurements";
inline constexpr int kVersion = 1;

}  // namespace sightline::measurements
