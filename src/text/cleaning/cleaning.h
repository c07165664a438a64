// What is done to a text before it is split into words, and the splitting.
#pragma once

#include <sightline/tokenizer.h>

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace sightline {

// The steps of the hf profile, each with the name it has in tokenizer.json.
enum class NormalizerStep {
  nfc,          // NFC
  fold_spaces,  // Replace: every run of \s becomes one space
  lowercase,    // Lowercase
  strip,        // Strip
};
inline constexpr NormalizerStep kHfSteps[] = {NormalizerStep::nfc, NormalizerStep::fold_spaces,
                                              NormalizerStep::lowercase};

std::u32string clean_hf(std::u32string text, std::span<const NormalizerStep> steps);

// ftfy, html unescape twice, strip, white space folded, lower case.
// Source: openai/CLIP clip/simple_tokenizer.py, basic_clean and whitespace_clean
std::u32string clean_openai(std::u32string text);

// What BERT does to a text before splitting, each step as the model's files say, in this order.
struct BertCleaning {
  bool drop_controls = true;     // control characters go, white space becomes a space
  bool space_ideographs = true;  // a space before and after each Chinese character
  bool strip_accents = true;     // NFD, then non-spacing marks go
  bool lowercase = true;
};
std::u32string clean_bert(std::u32string text, const BertCleaning& cleaning);

// BERT's words: what stands between white space, with each punctuation mark on its own. As
// split_words otherwise.
void split_bert_words(std::u32string_view text,
                      const std::function<bool(size_t begin, size_t end)>& word);

// Calls word(begin, end) for each word: English contractions, runs of letters, single numbers, runs
// of anything else that is no white space. What is white space belongs to no word. Stops when
// `word` returns false. The profiles differ in two odd places: openai's expression ignores case
// ("'ſ" is a contraction, and U+0345 is neither a letter nor anything else).
void split_words(std::u32string_view text, TokenizerProfile profile,
                 const std::function<bool(size_t begin, size_t end)>& word);

}  // namespace sightline
