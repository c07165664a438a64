#include "explain/words.h"

#include <sightline/error.h>

#include <algorithm>

namespace sightline {

std::vector<std::string> words_of(const std::string& text) {
  constexpr const char* kSpace = " \t\n\v\f\r";
  std::vector<std::string> words;
  for (size_t at = text.find_first_not_of(kSpace); at != std::string::npos;) {
    const size_t end = std::min(text.find_first_of(kSpace, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(kSpace, end);
  }
  return words;
}

std::string without(const std::vector<std::string>& words, size_t left_out) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i != left_out) text += (text.empty() ? "" : " ") + words[i];
  }
  return text;
}

void check_words(size_t words, int64_t max_words) {
  if (words == 0) throw Error(ErrorCode::invalid_argument, "the text to explain has no words");
  if (static_cast<int64_t>(words) > max_words) {
    throw Error(ErrorCode::invalid_argument, "the text to explain has ", words,
                " words; expected at most ", max_words);
  }
}

}  // namespace sightline
