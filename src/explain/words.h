// Words of texts to explain.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sightline {

// Returns the words between ASCII white space.
std::vector<std::string> words_of(const std::string& text);

// Joins all words but one by spaces.
std::string without(const std::vector<std::string>& words, size_t left_out);

// Throws invalid_argument unless there are 1 to max_words words.
void check_words(size_t words, int64_t max_words);

}  // namespace sightline
