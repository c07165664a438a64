// Reads the subject of a drawing from the name of its file.
#pragma once

#include <string>
#include <string_view>

#include "sample_data/drawings/words.h"

namespace sightline {

// Returns the part of a file name (without its extension) that names the subject, in lower case
// with spaces: "cigno_architetto_frances_01" by "Architetto Francesco Rollandin" -> "cigno".
// Removes a number at the end (with one letter: "01r"); then the longest tail whose letters begin
// the creator's name, because the archive cut names after 20 characters; then last parts that are
// one of the creator's names. The first part always stays.
std::string subject_of_file(std::string_view stem, std::string_view creator);

// Returns the words of a creator's name that are removed from titles and keywords.
Words creator_words(std::string_view creator);

}  // namespace sightline
