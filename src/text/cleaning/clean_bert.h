// Text cleaning and word splitting of BERT.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace sightline {

// Steps of BERT's normalizer, in the order of application.
struct BertCleaning {
  bool remove_controls = true;        // removes control characters, maps whitespace to spaces
  bool isolate_chinese_chars = true;  // surrounds each Chinese character with spaces
  bool strip_accents = true;          // NFD without nonspacing marks
  bool lowercase = true;
};

std::u32string clean_bert(std::u32string text, const BertCleaning& cleaning);

// Calls word(begin, end) for each word of BERT: a punctuation character, or a run of characters
// that are neither punctuation nor whitespace. Stops if `word` returns false.
void split_bert_words(std::u32string_view text,
                      const std::function<bool(size_t begin, size_t end)>& word);

}  // namespace sightline
