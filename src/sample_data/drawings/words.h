// The English words that captions are made of.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_set>

#include "text/cleaning/words.h"

namespace sightline {

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
