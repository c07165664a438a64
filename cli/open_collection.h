// Opens what search searches.
#pragma once

#include <sightline/library.h>

#include <memory>
#include <optional>

#include "search_flags.h"

namespace sightline::cli {

// The collection to search, and the model that encodes queries; without --model none.
struct Opened {
  std::optional<Library> library;  // only of a library
  std::optional<Model> model;
  std::shared_ptr<const Collection> collection;
};

// Opens the vector set, the data sets or else the library that the options name, and loads a model
// if queries need one. Throws what opening and loading throw.
Opened open_collection(SearchFlags& options);

}  // namespace sightline::cli
