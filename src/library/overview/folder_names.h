// Folders of items as filters and clients name them: by the name of their root.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "library/library_state.h"
#include "library/overview/item_table.h"

namespace sightline::library {

struct NamedFolder {
  size_t root = 0;                 // number
  std::vector<std::string> parts;  // name of the root, then folders below it; UTF-8 (path_id)
};

// Names the folders of a table. The root of a file is the innermost root of the library that
// contains it, or, if it is a root itself, its folder; the root of a data set's row is the data
// set. If the library hides the folders above its roots, folders are named as in
// LibraryState::item_path; that of a file that is a root has no parts.
std::vector<NamedFolder> name_folders(const LibraryState& library,
                                      std::span<const ItemFolder> folders);

// Returns the first `count` parts, separated by '/'.
std::string joined_parts(const NamedFolder& folder, size_t count);

}  // namespace sightline::library
