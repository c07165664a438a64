// English words of captions and file names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sightline {

using Words = std::vector<std::string>;

// Divides a text into words of a-z. Accents are removed ("Café" becomes "cafe"), "aB" is divided
// between a and B, "'s" at the end of a word and other apostrophes are removed; every other
// character separates words.
Words split_words(std::string_view text);

std::string join_words(const Words& words, std::string_view separator = " ");

// Returns the singular of a regular plural: "berries" -> "berry", "boxes" -> "box", "cats" ->
// "cat"; other words as they are.
std::string singular(std::string_view word);

// Returns the text in ASCII: letters without their accents, and spaces for what is not ASCII.
std::string unaccented(std::string_view text);

}  // namespace sightline
