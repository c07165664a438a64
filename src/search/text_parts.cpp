#include "search/text_parts.h"

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

bool is_one_of(std::u32string_view characters, char32_t c) {
  return characters.find(c) != std::u32string_view::npos;
}

// Marks that end a sentence if white space follows, and those that always do.
bool may_end_sentence(char32_t c) {
  return is_one_of(U".!?\u2026\u061F\u0964", c);
}
bool ends_sentence(char32_t c) {
  return is_one_of(U"\n\u3002\uFF01\uFF1F\uFF0E\u2028\u2029", c);
}
// Quotes and brackets that belong to the sentence before them.
bool is_closing(char32_t c) {
  return is_one_of(U"\"')]}\u2019\u201D\u00BB\u300D\u300F\uFF09", c);
}

size_t skip_space(std::string_view text, size_t at) {
  while (at < text.size()) {
    const Utf8Sequence next = read_utf8(text, at);
    if (!unicode::is_space(next.code_point)) break;
    at += next.bytes;
  }
  return at;
}

std::vector<std::string_view> words_with_space(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t at = 0; at < text.size();) {
    size_t end = skip_space(text, at);
    while (end < text.size() && !unicode::is_space(read_utf8(text, end).code_point))
      end += read_utf8(text, end).bytes;
    end = skip_space(text, end);
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

std::vector<std::string_view> characters_of(std::string_view text) {
  std::vector<std::string_view> characters;
  for (size_t at = 0; at < text.size();) {
    const size_t size = read_utf8(text, at).bytes;
    characters.push_back(text.substr(at, size));
    at += size;
  }
  return characters;
}

using Split = std::vector<std::string_view> (*)(std::string_view);
constexpr Split kSplits[] = {sentences_of, words_with_space, characters_of};

class Splitter {
 public:
  Splitter(const std::function<bool(const std::string&)>& fits, size_t most)
      : fits_(fits), most_(most) {}

  TextParts split(std::string_view text) {
    add(text, 0);
    end_part();
    return std::move(out_);
  }

 private:
  void add(std::string_view text, size_t level) {
    for (const std::string_view piece : kSplits[level](text)) {
      if (!out_.complete) return;
      if (std::string longer = part_ + std::string(piece); fits_(longer)) {
        part_ = std::move(longer);
        continue;
      }
      end_part();
      if (level + 1 < std::size(kSplits) && !fits_(std::string(piece))) {
        add(piece, level + 1);
      } else {
        part_ = piece;
      }
    }
  }

  void end_part() {
    const std::string_view part = trimmed(part_);
    if (!part.empty()) {
      if (out_.parts.size() == most_) {
        out_.complete = false;
      } else {
        out_.parts.emplace_back(part);
      }
    }
    part_.clear();
  }

  const std::function<bool(const std::string&)>& fits_;
  size_t most_;
  std::string part_;
  TextParts out_;
};

}  // namespace

std::vector<std::string_view> sentences_of(std::string_view text) {
  std::vector<std::string_view> sentences;
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = read_utf8(text, at).code_point;
    at += read_utf8(text, at).bytes;
    if (!may_end_sentence(c) && !ends_sentence(c)) continue;
    size_t end = at;
    while (end < text.size() && is_closing(read_utf8(text, end).code_point))
      end += read_utf8(text, end).bytes;
    const size_t next = skip_space(text, end);
    if (next == end && !ends_sentence(c)) continue;
    sentences.push_back(text.substr(begin, next - begin));
    begin = at = next;
  }
  if (begin < text.size()) sentences.push_back(text.substr(begin));
  return sentences;
}

TextParts split_text(const std::string& text, const std::function<bool(const std::string&)>& fits,
                     size_t most) {
  if (fits(text)) return {{text}, true};
  return Splitter(fits, most).split(text);
}

}  // namespace sightline
