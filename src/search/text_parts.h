// Parts of texts that are longer than a model's context.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

struct TextParts {
  std::vector<std::string> parts;
  bool complete = true;  // false: the end of the text is in none of the parts
};

// Splits a text into parts that fit, each as long as possible: at ends of sentences and lines, in a
// sentence that does not fit between words, and in a word that does not fit between characters. A
// text that fits is one part, unchanged; other parts have no white space around them. At most
// `most` parts.
TextParts split_text(const std::string& text, const std::function<bool(const std::string&)>& fits,
                     size_t most);

// Returns the sentences of a text, with the white space after each.
std::vector<std::string_view> sentences_of(std::string_view text);

}  // namespace sightline
