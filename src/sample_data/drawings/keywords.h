// Selects the keywords of a drawing that say something about it.
#pragma once

#include "sample_data/drawings/drawing.h"
#include "sample_data/drawings/words.h"

namespace sightline {

// Returns the English keywords of a drawing in lower case, each once, in the order of the file.
// Leaves out addresses of memory ("hash(0x85c8ce4)"), names of its creator, keywords about the file
// (kNotKeywords), those of more than three words, and those with a word that is not English.
Words clean_keywords(const Drawing& drawing, const Dictionary& dictionary);

}  // namespace sightline
