#include "text/cleaning/words.h"

#include "base/text.h"
#include "text/unicode/nfc.h"

namespace sightline {
namespace {

bool is_lower(char32_t c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char32_t c) {
  return c >= 'A' && c <= 'Z';
}

}  // namespace

std::string unaccented(std::string_view text) {
  std::string out;
  for (const char32_t c : unicode::to_nfd(unicode::decode_utf8(text), unicode::Flavor::python)) {
    const bool accent = c >= 0x300 && c < 0x370;  // combining diacritical marks
    if (!accent) out += c < 0x80 ? static_cast<char>(c) : ' ';
  }
  return out;
}

Words split_words(std::string_view text) {
  Words words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  const std::string ascii = unaccented(text);
  for (size_t i = 0; i < ascii.size(); ++i) {
    const char c = ascii[i];
    if (c == '\'') {
      const bool letter = i + 1 < ascii.size() && lower(ascii.substr(i + 1, 1)) == "s";
      const bool at_end =
          i + 2 >= ascii.size() || !(is_lower(ascii[i + 2]) || is_upper(ascii[i + 2]));
      if (letter && at_end) ++i;
    } else if (is_lower(c) || is_upper(c)) {
      if (is_upper(c) && i > 0 && is_lower(ascii[i - 1])) end_word();
      word += lower(ascii.substr(i, 1));
    } else {
      end_word();
    }
  }
  end_word();
  return words;
}

std::string join_words(const Words& words, std::string_view separator) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

std::string singular(std::string_view word) {
  const auto without = [&](size_t letters) {
    return std::string(word.substr(0, word.size() - letters));
  };
  if (word.size() > 4 && word.ends_with("ies")) return without(3) + "y";
  for (const std::string_view ending : {"ches", "shes", "ses", "xes", "zes"}) {
    if (word.size() > 4 && word.ends_with(ending)) return without(2);
  }
  const bool plural = word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us") &&
                      !word.ends_with("is");
  return word.size() > 3 && plural ? without(1) : std::string(word);
}

}  // namespace sightline
