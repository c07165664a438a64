// English captions of drawings whose title is in another language.
#pragma once

#include <string_view>

namespace sightline {

// Returns the caption of a title, or an empty text if there is none. `title` consists of the words
// of a title or file name (split_words) of at least two letters without those of the creator's
// name, separated by spaces. The table was written for openclipart-svg 0.18: it holds the titles
// that have no known English word, or words that mean something else in English, if the drawing's
// language (Italian, French, Spanish, Portuguese, German) leaves no doubt about their meaning.
std::string_view translation(std::string_view title);

}  // namespace sightline
