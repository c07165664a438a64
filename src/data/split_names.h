// The names of splits in an option.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "base/text.h"

namespace sightline {

// Returns the names in a list that is separated by commas, without spaces around them and without
// empty ones. No name stands for the rows of every split.
inline std::set<std::string> split_names(std::string_view list) {
  std::set<std::string> names;
  for (size_t begin = 0; begin <= list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    const std::string_view name = trimmed(list.substr(begin, end - begin), " ");
    if (!name.empty()) names.emplace(name);
    begin = end + 1;
  }
  return names;
}

}  // namespace sightline
