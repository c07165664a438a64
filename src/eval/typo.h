// Simulated typos.
#pragma once

#include <string>

#include "base/random.h"

namespace sightline {

// Returns the word with one typo at a random letter or digit: swapped with the next one, deleted,
// doubled, or replaced by an adjacent key of a US keyboard. All kinds of typo that the word allows
// are equally likely. Combining marks move with their letter. A word without letters and digits is
// returned unchanged.
std::u32string with_typo(const std::u32string& word, Random& random);

}  // namespace sightline
