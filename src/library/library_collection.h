// A snapshot of a library as a collection.
#pragma once

#include <sightline/search.h>

#include <filesystem>
#include <memory>
#include <string>

namespace sightline::library {

// `model`: name or spec; empty: the active one. Throws what Snapshot throws.
std::shared_ptr<const Collection> open_library_collection(const std::filesystem::path& folder,
                                                          const std::string& model);

}  // namespace sightline::library
