// Paths below folders, as raw bytes.
#pragma once

#include <string>

namespace sightline::library {

// The folder's path, which ends in '/': what all paths below it begin with.
inline std::string with_slash(const std::string& folder) {
  return folder.ends_with('/') ? folder : folder + "/";
}

// Whether `path` is `folder`, or below it.
inline bool is_at_or_below(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(with_slash(folder));
}

}  // namespace sightline::library
