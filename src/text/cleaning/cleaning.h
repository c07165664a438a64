// Text cleaning and word splitting, the steps before byte-pair encoding or WordPiece.
#pragma once

#include <sightline/tokenizer.h>

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace sightline {

// Normalizer steps of the hf profile, with their names in tokenizer.json.
enum class NormalizerStep {
  nfc,                  // NFC
  collapse_whitespace,  // Replace: each run of \s becomes one space
  lowercase,            // Lowercase
  strip,                // Strip
};
// The steps of CLIP's tokenizer.json.
inline constexpr NormalizerStep kHfSteps[] = {
    NormalizerStep::nfc, NormalizerStep::collapse_whitespace, NormalizerStep::lowercase};

// Applies the steps in the given order.
std::u32string clean_hf(std::u32string text, std::span<const NormalizerStep> steps);

// Applies ftfy, unescapes HTML twice, strips and collapses whitespace, and lower-cases.
// Source: openai/CLIP clip/simple_tokenizer.py, basic_clean and whitespace_clean
std::u32string clean_openai(std::u32string text);

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

// Calls word(begin, end) for each word of CLIP: an English contraction ("'s"), a run of letters, a
// single number character, or a run of other characters except whitespace. Stops if `word` returns
// false. The expression of profile openai ignores case, which makes two differences: "'ſ" is a
// contraction, and U+0345 belongs to no word.
void split_words(std::u32string_view text, TokenizerProfile profile,
                 const std::function<bool(size_t begin, size_t end)>& word);

}  // namespace sightline
