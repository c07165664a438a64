// Paths as clients see them: without the folders above a library's roots, unless permitted.
#pragma once

#include <sightline/library.h>

#include <string>

#include "library/root_names.h"

namespace sightline::server {

// A value; thread-safe.
class ShownPaths {
 public:
  ShownPaths(const LibraryInfo& info, bool absolute);

  // "Pictures/2019/a.jpg" of the file "/home/me/Pictures/2019/a.jpg" below the root
  // "/home/me/Pictures"; "emoji/1f600.png" of a row of a data set.
  std::string of_item(const VectorItem& item) const;
  std::string of_id(const std::string& id) const;  // of a file
  // A message without the machine's paths: those below roots are as above.
  std::string in_message(std::string text) const;

 private:
  bool absolute_;
  library::RootNames roots_;
  std::string library_;  // its path
};

// The last component of an item's id.
std::string name_of_id(const std::string& id);

}  // namespace sightline::server
