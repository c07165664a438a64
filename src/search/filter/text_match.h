// Comparison of texts in filters: case and accents do not matter (docs/query_language.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sightline::filter {

// Returns a text in the form in which texts are compared: decomposed (NFD), without the combining
// marks U+0300 to U+036F, in lower case.
std::string folded(std::string_view text);

// Whether a pattern matches a whole text; both are folded. '*' stands for any characters, '?' for
// one.
bool matches_glob(std::string_view pattern, std::string_view text);

// Returns the words of a folded text: its longest runs of letters and digits.
std::vector<std::string_view> words_of(std::string_view text);
// Returns the words of a text, folded and separated by spaces.
std::string folded_words(std::string_view text);

// A word or phrase of captions: consecutive words, of which the last may be the beginning of one
// ("sno*").
class Phrase {
 public:
  explicit Phrase(std::string_view text);
  bool empty() const { return words_.empty(); }
  bool matches(const std::vector<std::string_view>& words) const;

 private:
  std::vector<std::string> words_;
  bool prefix_ = false;
};

// Folders to find in paths: "2019/summer" anywhere, "/home/me" at the beginning. Each folder may
// have wildcards, and "**" stands for any number of folders.
class FolderPattern {
 public:
  explicit FolderPattern(std::string_view pattern);
  bool empty() const { return parts_.empty(); }
  // `path`: folded. Its last part is the file's name, in which nothing is found.
  bool matches(std::string_view path) const;

 private:
  bool matches_from(const std::vector<std::string_view>& folders, size_t at) const;

  std::vector<std::string> parts_;
  bool anchored_ = false;
};

// Whether the pattern matches a file name, with or without its extension; both are folded.
bool matches_name(std::string_view pattern, std::string_view name);

}  // namespace sightline::filter
