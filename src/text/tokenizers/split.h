// Splits a cleaned text into words.
#pragma once

#include <sightline/tokenizer.h>
#include <cstddef>
#include <functional>
#include <string_view>

namespace sightline {

// Calls word(begin, end) for each word of CLIP: an English contraction ("'s"), a run of letters, a
// single number character, or a run of other characters except whitespace. Stops if `word` returns
// false. The expression of profile openai ignores case, which makes two differences: "'ſ" is a
// contraction, and U+0345 belongs to no word.
void split_words(std::u32string_view text, TokenizerProfile profile,
                 const std::function<bool(size_t begin, size_t end)>& word);

}  // namespace sightline
