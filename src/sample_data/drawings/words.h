// English words: the dictionary, and how texts are divided into words.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_set>
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

class Dictionary {
 public:
  // Reads a list with one word per line, such as Debian's wamerican. Words with apostrophes or
  // letters outside of a-z are left out, and capitalized ones (names) of fewer than 5 letters.
  // Throws not_found, io.
  static Dictionary load(const std::filesystem::path& path);
  explicit Dictionary(std::string_view list);

  // Whether the word or its singular is in the list; words of one or two letters only if they are
  // in a short list of their own (kShortWords).
  bool knows(std::string_view word) const;
  // Divides an unknown word of 6 or more letters into two known words of at least 3 letters, one of
  // them at least 4, with the shortest first word; returns other words as they are.
  Words split_compound(const std::string& word) const;

 private:
  bool lists(std::string_view word) const { return words_.contains(std::string(word)); }

  std::unordered_set<std::string> words_;
};

}  // namespace sightline
