#include "eval/noise.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/random.h"
#include "eval/typo.h"
#include "text/tokenizers/split.h"
#include "text/unicode/letter_case.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

constexpr std::array<std::pair<NoiseKind, std::string_view>, 6> kNames = {{
    {NoiseKind::noise_words, "noise-words"},
    {NoiseKind::typos, "typos"},
    {NoiseKind::dropped_words, "dropped-words"},
    {NoiseKind::upper_case, "upper-case"},
    {NoiseKind::title_case, "title-case"},
    {NoiseKind::random_case, "random-case"},
}};

struct Word {
  std::u32string before;  // white space before the word
  std::u32string text;
};

struct Words {
  std::vector<Word> words;
  std::u32string after;  // white space after the last word
};

Words split_words(std::u32string_view text) {
  Words out;
  size_t at = 0;
  while (at < text.size()) {
    const size_t begin = at;
    while (at < text.size() && unicode::is_space(text[at])) ++at;
    const size_t word = at;
    while (at < text.size() && !unicode::is_space(text[at])) ++at;
    if (word == at) {
      out.after = text.substr(begin);
    } else {
      out.words.push_back({std::u32string(text.substr(begin, word - begin)),
                           std::u32string(text.substr(word, at - word))});
    }
  }
  return out;
}

std::u32string join(const Words& words) {
  std::u32string out;
  for (const Word& word : words.words) out += word.before + word.text;
  return out + words.after;
}

std::u32string random_word(Random& random) {
  std::u32string word(4 + random.below(10), U'a');
  for (char32_t& c : word) c = U'a' + static_cast<char32_t>(random.below(26));
  return word;
}

char32_t lower(char32_t c) {
  const std::u32string low = unicode::to_lower({&c, 1}, unicode::Flavor::python);
  return low.size() == 1 ? low[0] : c;
}

std::u32string upper_case(std::u32string word) {
  for (char32_t& c : word) c = unicode::to_upper(c);
  return word;
}

std::u32string title_case(std::u32string word) {
  word = unicode::to_lower(word, unicode::Flavor::python);
  const auto first = std::ranges::find_if(word, unicode::is_letter);
  if (first != word.end()) *first = unicode::to_upper(*first);
  return word;
}

std::u32string random_case(std::u32string word, Random& random) {
  for (char32_t& c : word) c = random.below(2) == 0 ? lower(c) : unicode::to_upper(c);
  return word;
}

std::u32string add_noise_to_word(NoiseKind kind, const std::u32string& word, Random& random) {
  switch (kind) {
    case NoiseKind::noise_words:
      return word + U" " + random_word(random);
    case NoiseKind::typos:
      return with_typo(word, random);
    case NoiseKind::upper_case:
      return upper_case(word);
    case NoiseKind::title_case:
      return title_case(word);
    case NoiseKind::random_case:
      return random_case(word, random);
    case NoiseKind::dropped_words:
      break;  // needs all words: see drop_words
  }
  return word;
}

uint64_t caption_key(std::string_view caption) {
  const Digest digest = Sha256().update(caption).digest();
  uint64_t key = 0;
  for (size_t i = 0; i < 8; ++i) key = key << 8 | digest[i];
  return key;
}

// Removes the words whose draw is below `strength`, each with the white space before it. If no word
// would remain, the word with the highest draw is kept.
void drop_words(Words& words, const std::vector<double>& draws, double strength) {
  const auto always_kept = static_cast<size_t>(std::ranges::max_element(draws) - draws.begin());
  const std::u32string beginning = words.words.front().before;
  std::vector<Word> kept;
  for (size_t i = 0; i < draws.size(); ++i) {
    if (draws[i] >= strength || i == always_kept) kept.push_back(std::move(words.words[i]));
  }
  kept.front().before = beginning;
  words.words = std::move(kept);
}

}  // namespace

std::span<const NoiseKind> all_noise_kinds() {
  static const auto kinds_in_order = [] {
    std::array<NoiseKind, kNames.size()> kinds{};
    for (size_t i = 0; i < kinds.size(); ++i) kinds[i] = kNames[i].first;
    return kinds;
  }();
  return kinds_in_order;
}

std::string_view noise_name(NoiseKind kind) {
  for (const auto& [each, name] : kNames) {
    if (each == kind) return name;
  }
  throw Error(ErrorCode::invalid_argument, "unknown kind of noise with number ",
              static_cast<int>(kind));
}

NoiseKind parse_noise_kind(std::string_view name) {
  std::string names;
  for (const auto& [kind, each] : kNames) {
    if (each == name) return kind;
    names += (names.empty() ? "" : ", ") + std::string(each);
  }
  throw Error(ErrorCode::invalid_argument, "unknown kind of noise '", name, "', expected one of ",
              names);
}

std::string add_noise(NoiseKind kind, std::string_view caption, double strength, uint64_t seed) {
  if (!(strength >= 0 && strength <= 1)) {
    throw Error(ErrorCode::invalid_argument,
                "the strength of noise is a share of words, expected 0 to 1, found " +
                    std::to_string(strength));
  }
  Words words = split_words(unicode::decode_utf8(caption));
  const uint64_t key = caption_key(caption);
  std::vector<double> draws;
  bool changed = false;
  for (size_t i = 0; i < words.words.size(); ++i) {
    // The first draw decides whether the word changes, the others how it changes. The draws are the
    // same at every strength.
    Random random({seed, static_cast<uint64_t>(kind), key, i});
    draws.push_back(random.uniform());
    if (draws.back() >= strength) continue;
    changed = true;
    words.words[i].text = add_noise_to_word(kind, words.words[i].text, random);
  }
  if (!changed) return std::string(caption);
  if (kind == NoiseKind::dropped_words) drop_words(words, draws, strength);
  return unicode::encode_utf8(join(words));
}

}  // namespace sightline
