#include "sample_data/icons/icon_caption.h"

#include <algorithm>

#include "base/text.h"
#include "text/cleaning/words.h"

namespace sightline {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool has_letters(std::string_view text, int count) {
  int run = 0;
  for (const char c : text) {
    run = c >= 'a' && c <= 'z' ? run + 1 : 0;
    if (run == count) return true;
  }
  return false;
}

// Removes the number of a variant: "down2" -> "down", "2" -> "", but "mp3" is a word.
std::string without_number(const std::string& part) {
  std::string rest = part;
  while (!rest.empty() && is_digit(rest.back())) rest.pop_back();
  return rest.empty() || has_letters(rest, 3) ? rest : part;
}

}  // namespace

std::string icon_caption(std::string_view name) {
  const std::string lowered = lower(name);
  Words words;
  for (size_t begin = 0; begin <= lowered.size();) {
    const size_t end = std::min(lowered.find('-', begin), lowered.size());
    std::string part = without_number(lowered.substr(begin, end - begin));
    if (part != "duo" && !part.empty()) words.push_back(std::move(part));
    begin = end + 1;
  }
  const std::string caption = join_words(words);
  return has_letters(caption, 3) ? caption : std::string();
}

std::string icon_keywords(const std::vector<std::string>& categories) {
  Words keywords;
  for (const auto& category : categories) {
    std::string keyword = join_words(split_words(category));
    if (!keyword.empty()) keywords.push_back(std::move(keyword));
  }
  return join_words(keywords, " | ");
}

}  // namespace sightline
