#include "sample_data/drawings/words.h"

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "sample_data/drawings/word_lists.h"

namespace sightline {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

}  // namespace

Dictionary Dictionary::load(const std::filesystem::path& path) {
  return Dictionary(read_text_file(path, 64 << 20));
}

Dictionary::Dictionary(std::string_view list) {
  for (const auto& line : split_lines(list)) {
    const std::string_view given = trimmed(line);
    const std::string word = lower(given);
    if (!std::all_of(word.begin(), word.end(), is_lower)) continue;
    if (word != given && word.size() < 5) continue;
    if (word.size() > 1 && !contains(kNotWords, word)) words_.insert(word);
  }
  for (const std::string_view word : kMoreWords) words_.emplace(word);
}

bool Dictionary::knows(std::string_view word) const {
  if (word.size() < 3) return contains(kShortWords, word);
  return lists(word) || lists(singular(word));
}

Words Dictionary::split_compound(const std::string& word) const {
  if (word.size() < 6 || knows(word)) return {word};
  for (size_t at = 3; at + 3 <= word.size(); ++at) {
    const std::string first = word.substr(0, at), second = word.substr(at);
    if (std::max(first.size(), second.size()) < 4) continue;
    if (lists(first) && (lists(second) || lists(singular(second)))) return {first, second};
  }
  return {word};
}

}  // namespace sightline
