// The values of a library's images that suggestions complete.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "library/library_state.h"

namespace sightline::library {

struct VocabularyValue {
  std::string text, folded;
  int64_t count = 0;  // images
};
using VocabularyValues = std::vector<VocabularyValue>;  // most frequent first, then by text

// Values of columns with more distinct ones are not kept: they are ids or texts.
inline constexpr size_t kMostColumnValues = 1000;

struct Vocabulary {
  VocabularyValues cameras, lenses, tags, ratings;
  VocabularyValues folders;  // roots, and all folders below them, with the images below each
  std::map<std::string, VocabularyValues> columns;  // of data sets
};

Vocabulary make_vocabulary(const LibraryState& library);

}  // namespace sightline::library
