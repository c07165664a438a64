#include "sample_data/icons/icon_caption.h"

#include <algorithm>

#include "base/text.h"
#include "text/cleaning/words.h"

namespace sightline {
namespace {

bool is_number(std::string_view part) {
  return std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
}

bool has_letters(std::string_view text, int count) {
  int run = 0;
  for (const char c : text) {
    run = c >= 'a' && c <= 'z' ? run + 1 : 0;
    if (run == count) return true;
  }
  return false;
}

}  // namespace

std::string icon_caption(std::string_view name) {
  const std::string lowered = lower(name);
  Words words;
  for (size_t begin = 0; begin <= lowered.size();) {
    const size_t end = std::min(lowered.find('-', begin), lowered.size());
    const std::string part = lowered.substr(begin, end - begin);
    if (part != "duo" && !is_number(part)) words.push_back(part);
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
