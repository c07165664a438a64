#include "eval/failures/attack_plan.h"

#include <sightline/error.h>

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "base/random.h"
#include "base/text.h"
#include "base/utf8.h"

namespace sightline {
namespace {

constexpr uint64_t kSample = 0x7479706f696d6167u;    // "typoimag"
constexpr uint64_t kCaption = 0x7479706f63617074u;   // "typocapt"
constexpr uint64_t kScramble = 0x7479706f73637261u;  // "typoscra"
constexpr int kTries = 50;
constexpr size_t kMinLetters = 3;

bool is_ascii_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Other characters than ASCII letters, digits and white space: punctuation, or letters of other
// scripts.
bool is_punctuation(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > ' ' && byte < 0x7f && !is_ascii_letter(c) && !(c >= '0' && c <= '9');
}

// The words between white space, without punctuation at their ends.
std::vector<std::string> words_of(const std::string& caption) {
  std::vector<std::string> words;
  size_t at = 0;
  while ((at = caption.find_first_not_of(" \t\r\n", at)) != caption.npos) {
    const size_t end = std::min(caption.size(), caption.find_first_of(" \t\r\n", at));
    size_t from = at, to = end;
    while (from < to && is_punctuation(caption[from])) ++from;
    while (to > from && is_punctuation(caption[to - 1])) --to;
    if (to > from) words.push_back(caption.substr(from, to - from));
    at = end;
  }
  return words;
}

std::u32string characters_of(const std::string& text) {
  std::u32string out;
  for (size_t at = 0; at < text.size();) {
    const Utf8Sequence next = read_utf8(text, at);
    out += next.code_point;
    at += next.bytes;
  }
  return out;
}

bool is_long_enough(const std::string& word) {
  const std::u32string characters = characters_of(word);
  return is_valid_utf8(word) && characters.size() >= kMinLetters &&
         std::set<char32_t>(characters.begin(), characters.end()).size() > 1;
}

// The words of all captions, in lower case, and the number of captions that have each.
class Vocabulary {
 public:
  explicit Vocabulary(std::span<const std::string> captions) {
    for (const std::string& caption : captions) {
      std::set<std::string> distinct;
      for (const std::string& word : words_of(caption)) distinct.insert(lower(word));
      for (const std::string& word : distinct) ++count_[word];
    }
  }
  int64_t count(const std::string& word) const {
    const auto at = count_.find(lower(word));
    return at == count_.end() ? 0 : at->second;
  }

 private:
  std::unordered_map<std::string, int64_t> count_;
};

// The rarest word of a caption that is not in `own`; nothing if it has none.
std::optional<std::string> rarest_word(const std::string& caption,
                                       const std::unordered_set<std::string>& own,
                                       const Vocabulary& vocabulary,
                                       const std::function<bool(const std::string&)>& can_draw) {
  std::optional<std::string> best;
  for (const std::string& word : words_of(caption)) {
    if (own.contains(lower(word)) || !is_long_enough(word)) continue;
    const auto order = [&](const std::string& w) {
      return std::pair(vocabulary.count(w), -static_cast<int64_t>(w.size()));
    };
    if ((!best || order(word) < order(*best)) && can_draw(word)) best = word;
  }
  return best;
}

std::vector<size_t> rows_with_captions(std::span<const std::vector<int64_t>> row_captions,
                                       const TypographicOptions& options) {
  std::vector<size_t> rows;
  for (size_t i = 0; i < row_captions.size(); ++i)
    if (!row_captions[i].empty()) rows.push_back(i);
  if (static_cast<int64_t>(rows.size()) <= options.max_images) return rows;
  Random({options.seed, kSample}).shuffle(rows);
  rows.resize(static_cast<size_t>(options.max_images));
  std::ranges::sort(rows);
  return rows;
}

}  // namespace

std::string scrambled_word(const std::string& word, uint64_t seed) {
  const std::u32string original = characters_of(word);
  std::vector<char32_t> letters(original.begin(), original.end());
  Random random({seed, kScramble});
  for (int i = 0; i < kTries && std::ranges::equal(letters, original); ++i) random.shuffle(letters);
  if (std::ranges::equal(letters, original)) std::ranges::reverse(letters);
  std::string out;
  for (const char32_t letter : letters) append_utf8(letter, out);
  return out;
}

std::vector<Attack> plan_attacks(std::span<const std::string> captions,
                                 std::span<const std::vector<int64_t>> row_captions,
                                 const TypographicOptions& options,
                                 const std::function<bool(const std::string&)>& can_draw) {
  if (options.max_images < 1) {
    throw Error(ErrorCode::invalid_argument,
                "the typographic attack needs at least one image, found ", options.max_images);
  }
  const Vocabulary vocabulary(captions);
  std::vector<Attack> attacks;
  for (const size_t row : rows_with_captions(row_captions, options)) {
    std::unordered_set<std::string> own;
    for (const int64_t caption : row_captions[row]) {
      for (const std::string& word : words_of(captions[static_cast<size_t>(caption)]))
        own.insert(lower(word));
    }
    Random random({options.seed, kCaption, row});
    for (int i = 0; i < kTries; ++i) {
      const auto wrong = static_cast<int64_t>(random.below(captions.size()));
      if (std::ranges::find(row_captions[row], wrong) != row_captions[row].end()) continue;
      const auto word =
          rarest_word(captions[static_cast<size_t>(wrong)], own, vocabulary, can_draw);
      if (!word) continue;
      attacks.push_back(
          {static_cast<int64_t>(row), wrong, *word, scrambled_word(*word, random.next())});
      break;
    }
  }
  return attacks;
}

}  // namespace sightline
