#include "sample_data/drawings/keywords.h"

#include <algorithm>

#include "sample_data/drawings/file_names.h"
#include "sample_data/drawings/word_lists.h"

namespace sightline {

Words clean_keywords(const Drawing& drawing, const Dictionary& dictionary) {
  const Words creator = creator_words(drawing.creator);
  const auto usable = [&](const std::string& word) {
    return dictionary.knows(word) &&
           std::find(creator.begin(), creator.end(), word) == creator.end();
  };
  Words keywords;
  for (const auto& given : drawing.keywords) {
    if (given.find("0x") != std::string::npos) continue;
    const Words words = split_words(given);
    if (words.empty() || words.size() > 3) continue;
    const std::string keyword = join_words(words);
    if (contains(kNotKeywords, keyword)) continue;
    if (!std::all_of(words.begin(), words.end(), usable)) continue;
    if (std::find(keywords.begin(), keywords.end(), keyword) == keywords.end()) {
      keywords.push_back(keyword);
    }
  }
  return keywords;
}

}  // namespace sightline
