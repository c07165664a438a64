#include "sample_data/drawings/file_names.h"

#include <algorithm>

#include "base/text.h"
#include "sample_data/drawings/word_lists.h"

namespace sightline {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

// Removes separators, digits and at most one letter from the end, if there is a digit.
std::string_view without_number(std::string_view text) {
  std::string_view rest = text;
  if (rest.size() > 1 && is_letter(rest.back()) && is_digit(rest[rest.size() - 2])) {
    rest.remove_suffix(1);
  }
  if (rest.empty() || !is_digit(rest.back())) return text;
  while (!rest.empty() && is_digit(rest.back())) rest.remove_suffix(1);
  while (!rest.empty() && std::string_view("_- ").find(rest.back()) != std::string_view::npos) {
    rest.remove_suffix(1);
  }
  return rest;
}

Words split_parts(std::string_view text) {
  Words parts(1);
  for (const char c : text) {
    if (std::string_view("_- .").find(c) == std::string_view::npos) {
      parts.back() += c;
    } else if (!parts.back().empty()) {
      parts.emplace_back();
    }
  }
  if (parts.size() > 1 && parts.back().empty()) parts.pop_back();
  return parts;
}

std::string letters_from(const Words& parts, size_t first) {
  std::string letters;
  for (size_t i = first; i < parts.size(); ++i) {
    std::copy_if(parts[i].begin(), parts[i].end(), std::back_inserter(letters), is_letter);
  }
  return letters;
}

}  // namespace

std::string subject_of_file(std::string_view stem, std::string_view creator) {
  const std::string lowered = lower(stem);
  Words parts = split_parts(without_number(lowered));
  const Words names = split_words(lower(creator));
  const std::string name = join_words(names, "");
  for (size_t first = 1; first < parts.size(); ++first) {
    const std::string tail = letters_from(parts, first);
    if (tail.size() < 2 || !name.starts_with(tail)) continue;
    parts.resize(first);
    return join_words(parts);
  }
  while (parts.size() > 1 && std::find(names.begin(), names.end(), parts.back()) != names.end()) {
    parts.pop_back();
  }
  return join_words(parts);
}

Words creator_words(std::string_view creator) {
  Words words = split_words(creator);
  std::erase_if(words, [](const auto& word) { return contains(kNamesThatAreWords, word); });
  return words;
}

}  // namespace sightline
