// Slips of the fingers.
#pragma once

#include <string>

#include "base/random.h"

namespace sightline {

// The word with one slip at a random letter or digit: swapped with the next one, dropped, doubled,
// or replaced by a neighbour on a US keyboard. Each of the four that the word allows is as likely
// as the others; a word without letters and digits comes back unchanged. A letter and the combining
// marks after it move together.
std::u32string with_typo(const std::u32string& word, Random& random);

}  // namespace sightline
