// Sidecars: files next to an image that describe it.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>

namespace sightline::library {

// The sidecars of one image; empty paths where there are none.
struct Sidecars {
  std::filesystem::path captions;  // a.txt of a.jpg: one caption per line
  std::filesystem::path xmp;       // a.xmp or a.jpg.xmp
  std::string stamp;               // their sizes and times, by which a change is noticed
};

// Finds the sidecars of images that come folder by folder. Lists each folder once. Not thread-safe.
class SidecarFinder {
 public:
  // `image`: an absolute path.
  Sidecars find(const std::filesystem::path& image);

 private:
  std::filesystem::path folder_;
  std::set<std::string, std::less<>> names_;  // with the extension of a sidecar
};

}  // namespace sightline::library
