#include "search/filter/text_match.h"

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"
#include "text/unicode/nfc.h"
#include "text/unicode/unicode.h"

namespace sightline::filter {
namespace {

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_accent(char32_t c) {
  return c >= 0x300 && c <= 0x36F;
}

bool is_word_character(char32_t c) {
  return unicode::is_letter(c) || unicode::is_number(c);
}

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> parts;
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    if (!part.empty() && part != ".") parts.push_back(part);
    at = end + 1;
  }
  return parts;
}

}  // namespace

std::string folded(std::string_view text) {
  if (is_ascii(text)) return lower(text);
  std::u32string characters = unicode::to_nfd(unicode::decode_utf8(text), unicode::Flavor::python);
  std::erase_if(characters, is_accent);
  return unicode::encode_utf8(unicode::to_lower(characters, unicode::Flavor::python));
}

bool matches_glob(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0;
  size_t star = std::string_view::npos, retry = 0;  // the last '*', and where its match may end
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      t += read_utf8(text, t).bytes;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      retry += read_utf8(text, retry).bytes;
      t = retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    const Utf8Sequence next = read_utf8(text, at);
    if (!next.valid || !is_word_character(next.code_point)) {
      if (at > begin) words.push_back(text.substr(begin, at - begin));
      begin = at + next.bytes;
    }
    at += next.bytes;
  }
  if (text.size() > begin) words.push_back(text.substr(begin));
  return words;
}

std::string folded_words(std::string_view text) {
  const std::string all = folded(text);
  std::string out;
  for (const std::string_view word : words_of(all)) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

Phrase::Phrase(std::string_view text) : prefix_(trimmed(text).ends_with('*')) {
  const std::string all = folded(text);
  for (const std::string_view word : words_of(all)) words_.emplace_back(word);
}

bool Phrase::matches(const std::vector<std::string_view>& words) const {
  if (words_.empty()) return false;
  const size_t last = words_.size() - 1;
  for (size_t at = 0; at + last < words.size(); ++at) {
    const bool begin = std::equal(words_.begin(), words_.end() - 1,
                                  words.begin() + static_cast<std::ptrdiff_t>(at));
    const std::string_view end = words[at + last];
    if (begin && (end == words_[last] || (prefix_ && end.starts_with(words_[last])))) return true;
  }
  return false;
}

FolderPattern::FolderPattern(std::string_view pattern) : anchored_(pattern.starts_with('/')) {
  const std::string text = folded(pattern);
  for (const std::string_view part : split_path(text)) {
    const bool any = part == "**";
    // Anchored only by what follows; a repetition only takes time.
    if (any && (parts_.empty() ? !anchored_ : parts_.back() == "**")) continue;
    parts_.emplace_back(part);
  }
}

bool FolderPattern::matches_from(const std::vector<std::string_view>& folders, size_t at) const {
  // The places to which the parts so far can have matched.
  std::vector<char> reached(folders.size() + 1);
  reached[at] = 1;
  for (const std::string& part : parts_) {
    std::vector<char> next(folders.size() + 1);
    for (size_t i = at; i <= folders.size(); ++i) {
      if (!reached[i]) continue;
      if (part == "**") {
        std::fill(next.begin() + static_cast<std::ptrdiff_t>(i), next.end(), 1);
        break;
      }
      if (i < folders.size() && matches_glob(part, folders[i])) next[i + 1] = 1;
    }
    reached = std::move(next);
  }
  return std::ranges::find(reached, 1) != reached.end();
}

bool FolderPattern::matches(std::string_view path) const {
  if (anchored_ && !path.starts_with('/')) return false;
  std::vector<std::string_view> folders = split_path(path);
  if (!folders.empty()) folders.pop_back();
  if (anchored_) return matches_from(folders, 0);
  for (size_t at = 0; at < folders.size(); ++at) {
    if (matches_from(folders, at)) return true;
  }
  return false;
}

bool matches_name(std::string_view pattern, std::string_view name) {
  if (matches_glob(pattern, name)) return true;
  const size_t dot = name.rfind('.');
  return dot != std::string_view::npos && dot > 0 && matches_glob(pattern, name.substr(0, dot));
}

}  // namespace sightline::filter
