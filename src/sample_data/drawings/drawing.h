// One drawing of the package, with the metadata in its file.
#pragma once

#include <string>
#include <vector>

namespace sightline {

struct Drawing {
  std::string path;  // in the package, as UTF-8 (base/path_id.h): "food/fruit/apple_01.svg"
  std::string title;
  std::vector<std::string> keywords;  // in the order of the file; may be empty texts
  std::string creator;
  std::string licence;  // its URL
};

}  // namespace sightline
