// Names of a library's roots, for clients who may not see the folders above them.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sightline::library {

// A value; thread-safe.
class RootNames {
 public:
  // `paths`: of roots and data sets (path_id). Each is named after its last component; of equal
  // names, the later ones get a number.
  explicit RootNames(std::span<const std::string> paths);

  // Returns "Pictures/2019/a.jpg" for the file "/home/me/Pictures/2019/a.jpg" below the root
  // "/home/me/Pictures", the last component of other absolute paths, and other texts unchanged.
  std::string of_id(const std::string& id) const;

  // Absolute path -> name, longest path first.
  const std::vector<std::pair<std::string, std::string>>& names() const { return names_; }

 private:
  std::vector<std::pair<std::string, std::string>> names_;
};

}  // namespace sightline::library
