// Files of a library's directory.
#pragma once

#include <cstdint>
#include <filesystem>

#include "library/segments/segment.h"

namespace sightline::library {

inline std::filesystem::path catalogue_file(const std::filesystem::path& library) {
  return library / "catalogue.sqlite";
}
inline std::filesystem::path feedback_file(const std::filesystem::path& library) {
  return library / "feedback.sqlite";
}
inline std::filesystem::path segments_folder(const std::filesystem::path& library) {
  return library / "segments";
}
inline std::filesystem::path segment_file(const std::filesystem::path& library, int64_t id) {
  return segments_folder(library) / segment_name(id);
}
inline std::filesystem::path lock_file(const std::filesystem::path& library) {
  return library / "writer.lock";
}

}  // namespace sightline::library
