#include "sample_data/image_name.h"

#include <regex>

#include "base/hash.h"
#include "base/text.h"

namespace sightline {

std::string stem_of(std::string_view path) {
  path = path.substr(path.rfind('/') + 1);
  return std::string(path.substr(0, path.rfind('.')));
}

std::string image_name(std::string_view path) {
  std::string name = lower(stem_of(path)).substr(0, 40);
  for (char& c : name) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!kept) c = '_';
  }
  if (name.empty()) name = "_";
  return name + '-' + to_hex(Sha256().update(path).digest()).substr(0, 8) + ".png";
}

bool is_image_name(std::string_view name) {
  static const std::regex pattern("[a-z0-9_]{1,40}-[0-9a-f]{8}\\.png");
  return std::regex_match(name.begin(), name.end(), pattern);
}

}  // namespace sightline
