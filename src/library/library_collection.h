// A snapshot of a library as a collection.
#pragma once

#include <sightline/library.h>
#include <sightline/search.h>

#include <filesystem>
#include <memory>
#include <string>

#include "library/library_state.h"

namespace sightline::library {

// `model`: name or spec; empty: the active one. Throws what Snapshot throws.
std::shared_ptr<const Collection> open_library_collection(const std::filesystem::path& folder,
                                                          const std::string& model,
                                                          const LibraryOptions& options);

// Throws invalid_argument if the collection is not one of a library.
const LibraryState& state_of(const Collection& collection);

}  // namespace sightline::library
