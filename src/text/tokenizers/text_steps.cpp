#include "text/tokenizers/text_steps.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/utf8.h"
#include "text/tokenizers/bpe.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

// Calls word(text) for the parts of `words`; the first part of a word at the start is at the start.
class WordList {
 public:
  explicit WordList(size_t expected) { words_.reserve(expected); }
  void begin(const Word& from) { at_start_ = from.at_start; }
  void add(std::string_view text) {
    if (!text.empty()) words_.push_back({std::string(text), at_start_});
    at_start_ = false;
  }
  std::vector<Word> take() { return std::move(words_); }

 private:
  std::vector<Word> words_;
  bool at_start_ = false;
};

enum class ByteLevelKind { space, letter, number, other };

ByteLevelKind byte_level_kind(char32_t c) {
  if (unicode::is_letter(c)) return ByteLevelKind::letter;
  if (unicode::is_number(c)) return ByteLevelKind::number;
  return unicode::is_space(c) ? ByteLevelKind::space : ByteLevelKind::other;
}

size_t contraction_size(std::string_view text) {
  for (const std::string_view end : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}) {
    if (text.starts_with(end)) return end.size();
  }
  return 0;
}

// Returns the size of the run of characters of a kind at `at`; `last`: that of its last character.
size_t run_size(std::string_view text, size_t at, ByteLevelKind kind, size_t& last) {
  size_t end = at;
  while (end < text.size()) {
    const Utf8Sequence c = read_utf8(text, end);
    if (byte_level_kind(c.code_point) != kind) break;
    last = c.bytes;
    end += c.bytes;
  }
  return end - at;
}

// Returns the size of the word at the start of `text`, by the expression
//   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
// Source: openai/gpt-2 src/encoder.py
size_t byte_level_word(std::string_view text) {
  if (const size_t size = contraction_size(text)) return size;
  size_t last = 0;
  const size_t space = text[0] == ' ' && text.size() > 1 ? 1 : 0;
  const ByteLevelKind kind = byte_level_kind(read_utf8(text, space).code_point);
  if (kind != ByteLevelKind::space) return space + run_size(text, space, kind, last);
  const size_t size = run_size(text, 0, ByteLevelKind::space, last);
  // The last space of a run belongs to the word that follows, if it is not the only one.
  return size < text.size() && size > last ? size - last : size;
}

std::string spell_bytes(std::string_view text) {
  static const auto symbols = [] {
    std::array<std::string, 256> table;
    for (const ByteSymbol& s : byte_symbols()) append_utf8(s.symbol, table[s.byte]);
    return table;
  }();
  std::string out;
  out.reserve(text.size() + 8);
  for (const char c : text) out += symbols[static_cast<uint8_t>(c)];
  return out;
}

// Each step makes at most kLongestReplacement bytes of one; a hundred of them would multiply that.
void require_bounded(size_t bytes, size_t before) {
  constexpr size_t kGrowth = 64, kShortest = 1024;
  const size_t most = kGrowth * std::max(before, kShortest);
  if (bytes <= most) return;
  throw Error(ErrorCode::limit_exceeded, "the tokenizer makes ", bytes, " bytes of a text of ",
              before, ", at most ", most, " are possible");
}

}  // namespace

std::string normalized(const std::vector<Normalizer>& steps, std::string_view text) {
  std::string out(text);
  for (const Normalizer& step : steps) {
    out = step(std::move(out));
    require_bounded(out.size(), text.size());
  }
  return out;
}

std::vector<Word> pre_tokenized(const std::vector<PreTokenizer>& steps, Word text) {
  const size_t before = text.text.size();
  std::vector<Word> words;
  words.push_back(std::move(text));
  for (const PreTokenizer& step : steps) {
    words = step(std::move(words));
    size_t bytes = 0;
    for (const Word& word : words) bytes += word.text.size();
    require_bounded(bytes, before);
  }
  return words;
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  out.reserve(text.size() + 16);
  size_t at = 0;
  for (size_t found; (found = text.find(from, at)) != text.npos; at = found + from.size())
    out.append(text, at, found - at).append(to);
  return out.append(text, at);
}

std::string replace_runs(std::string_view text, bool (*matches)(char32_t), size_t least,
                         std::string_view to) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    size_t end = at, count = 0, size = 0;
    for (; end < text.size(); end += size, ++count) {
      const Utf8Sequence c = read_utf8(text, end);
      size = c.bytes;
      if (!matches(c.code_point)) break;
    }
    if (count >= least) {
      out += to;
    } else {
      out.append(text, at, end - at);
    }
    if (end < text.size()) out.append(text, end, size);
    at = end + size;
  }
  return out;
}

std::string strip_spaces(std::string_view text, bool left, bool right) {
  while (left && !text.empty()) {
    const Utf8Sequence c = read_utf8(text, 0);
    if (!unicode::is_space(c.code_point)) break;
    text.remove_prefix(c.bytes);
  }
  while (right && !text.empty()) {
    size_t begin = text.size() - 1;
    while (begin > 0 && (static_cast<uint8_t>(text[begin]) & 0xC0) == 0x80) --begin;
    if (!unicode::is_space(read_utf8(text, begin).code_point)) break;
    text = text.substr(0, begin);
  }
  return std::string(text);
}

std::vector<Word> split_whitespace(std::vector<Word> words) {
  WordList out(16);
  for (const Word& word : words) {
    out.begin(word);
    const std::string_view text = word.text;
    size_t begin = 0;
    for (size_t at = 0; at < text.size();) {
      const Utf8Sequence c = read_utf8(text, at);
      if (unicode::is_space(c.code_point)) {
        out.add(text.substr(begin, at - begin));
        begin = at + c.bytes;
      }
      at += c.bytes;
    }
    out.add(text.substr(begin));
  }
  return out.take();
}

std::vector<Word> metaspace(std::vector<Word> words, const std::string& symbol,
                            PrependScheme scheme, bool split) {
  WordList out(words.size() + 16);
  for (const Word& word : words) {
    out.begin(word);
    std::string spelled = replace_all(word.text, " ", symbol);
    const bool prepend =
        scheme == PrependScheme::always || (scheme == PrependScheme::first && word.at_start);
    if (prepend && !spelled.starts_with(symbol)) spelled.insert(0, symbol);
    const std::string_view text = spelled;
    size_t begin = 0;
    while (split && begin < text.size()) {
      const size_t next = text.find(symbol, begin + 1);
      if (next == text.npos) break;
      out.add(text.substr(begin, next - begin));
      begin = next;
    }
    out.add(text.substr(begin));
  }
  return out.take();
}

std::vector<Word> split_after(std::vector<Word> words, const std::string& pattern) {
  WordList out(words.size());
  for (const Word& word : words) {
    out.begin(word);
    const std::string_view text = word.text;
    size_t begin = 0;
    for (size_t at; (at = text.find(pattern, begin)) != text.npos; begin = at + pattern.size())
      out.add(text.substr(begin, at + pattern.size() - begin));
    out.add(text.substr(begin));
  }
  return out.take();
}

std::vector<Word> byte_level(std::vector<Word> words, bool prefix_space, bool split) {
  WordList out(16);
  for (Word& word : words) {
    out.begin(word);
    if (prefix_space && word.text[0] != ' ') word.text.insert(0, " ");
    std::string_view text = word.text;
    while (split && !text.empty()) {
      const size_t size = byte_level_word(text);
      out.add(spell_bytes(text.substr(0, size)));
      text.remove_prefix(size);
    }
    out.add(spell_bytes(text));
  }
  return out.take();
}

std::string SentencePieceNormalizer::operator()(const std::string& input) const {
  std::string_view text = input;
  // Returns the replacement of the text's first characters, and removes these.
  const auto next = [&]() -> std::string_view {
    size_t size = 0;
    int32_t ignored = 0;
    std::string_view replacement;
    if (user_defined) size = user_defined->longest(text, ignored);
    if (size == 0 && rules) {
      if (const auto rule = rules->longest(text)) {
        text.remove_prefix(rule->bytes);
        return rule->replacement;
      }
    }
    if (size == 0) size = read_utf8(text, 0).bytes;
    replacement = text.substr(0, size);
    text.remove_prefix(size);
    return replacement;
  };
  while (remove_extra_whitespaces && !text.empty()) {
    const std::string_view before = text;
    if (next() == " ") continue;
    text = before;
    break;
  }
  std::string out;
  if (text.empty()) return out;
  const std::string_view space = escape_whitespaces ? kMetaspace : " ";
  if (add_dummy_prefix && !whitespace_as_suffix) out += space;
  bool after_space = remove_extra_whitespaces;
  while (!text.empty()) {
    std::string_view part = next();
    while (after_space && part.starts_with(' ')) part.remove_prefix(1);
    for (const char c : part) c == ' ' ? out.append(space) : out.append(1, c);
    if (!part.empty()) after_space = part.ends_with(' ');
    if (!remove_extra_whitespaces) after_space = false;
  }
  while (remove_extra_whitespaces && out.ends_with(space)) out.resize(out.size() - space.size());
  if (add_dummy_prefix && whitespace_as_suffix) out += space;
  return out;
}

}  // namespace sightline
