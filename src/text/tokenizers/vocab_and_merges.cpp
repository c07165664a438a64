#include "text/tokenizers/vocab_and_merges.h"

#include <algorithm>

#include "text/unicode/unicode.h"

namespace sightline {
namespace {

// Scans JSON text. Functions return false (or none) for input that is not in the expected form; the
// scanner must not be used afterwards.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  size_t at() const { return at_; }
  bool at_end() { return skip_whitespace() == '\0' && at_ == text_.size(); }
  char peek() { return skip_whitespace(); }

  bool consume(char wanted) {
    if (skip_whitespace() != wanted) return false;
    ++at_;
    return true;
  }

  // Consumes a comma (returns true) or the closing bracket `end` (returns false). Returns none for
  // anything else.
  std::optional<bool> has_more(char end) {
    const char found = skip_whitespace();
    if (found != ',' && found != end) return std::nullopt;
    ++at_;
    return found == ',';
  }

  // Reads a string. Single-character escapes are decoded; a \u escape fails.
  bool string(std::string& out) {
    if (!consume('"')) return false;
    out.clear();
    for (;;) {
      const size_t begin = at_;
      while (at_ < text_.size() && is_plain(text_[at_])) ++at_;
      if (at_ == text_.size()) return false;
      out.append(text_, begin, at_ - begin);
      const char stop = text_[at_++];
      if (stop == '"') return true;
      if (stop != '\\' || at_ == text_.size()) return false;
      static constexpr std::string_view kEscapes = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
      const size_t which = kEscapes.find(text_[at_++]);
      if (which == std::string_view::npos) return false;
      out += kValues[which];
    }
  }

  // Reads a non-negative integer of at most seven digits, followed by a comma or a brace.
  bool number(int32_t& out) {
    skip_whitespace();
    const size_t begin = at_;
    out = 0;
    for (; at_ < text_.size() && at_ - begin < 8 && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      out = 10 * out + (text_[at_] - '0');
    }
    const size_t digits = at_ - begin;
    if (digits == 0 || digits == 8 || (digits > 1 && text_[begin] == '0')) return false;
    const char after = skip_whitespace();
    return after == ',' || after == '}';
  }

  // Skips any value. Does not check that brackets match.
  bool skip_value() {
    int depth = 0;
    do {
      const char found = skip_whitespace();
      if (found == '"') {
        if (!skip_string()) return false;
      } else if (found == '{' || found == '[') {
        ++depth;
        ++at_;
      } else if (found == '}' || found == ']') {
        if (--depth < 0) return false;
        ++at_;
      } else if (found == ',' || found == ':') {
        if (depth == 0) return false;
        ++at_;
      } else if (found != '\0') {
        at_ = std::min(text_.find_first_of(" \t\r\n,:]}\"[{", at_), text_.size());
      } else {
        return false;
      }
    } while (depth > 0);
    return true;
  }

 private:
  // Skips whitespace and returns the next character, '\0' at the end.
  char skip_whitespace() {
    while (at_ < text_.size() && is_whitespace(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  static bool is_whitespace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
  // Whether c represents itself in a string.
  static bool is_plain(char c) {
    return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= ' ';
  }

  bool skip_string() {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') return ++at_, true;
      if (text_[at_] == '\\') ++at_;
    }
    return false;
  }

  std::string_view text_;
  size_t at_ = 0;
};

// Reads {token: id} with ids 0 to n-1.
bool read_token_list(Scanner& scan, std::vector<std::string>& tokens) {
  std::vector<std::pair<int32_t, std::string>> listed;
  if (!scan.consume('{')) return false;
  for (std::optional<bool> more = true; *more;) {
    auto& [id, token] = listed.emplace_back();
    if (listed.size() > kMaxVocabulary) return false;
    if (!scan.string(token) || !scan.consume(':') || !scan.number(id)) return false;
    more = scan.has_more('}');
    if (!more) return false;
  }
  tokens.resize(listed.size());
  std::vector<bool> seen(listed.size());
  for (auto& [id, token] : listed) {
    const auto at = static_cast<size_t>(id);
    if (at >= seen.size() || seen[at]) return false;
    seen[at] = true;
    tokens[at] = std::move(token);
  }
  return true;
}

// Reads "left right", or ["left", "right"] as in newer files.
bool read_merge(Scanner& scan, std::string& text, std::pair<std::string, std::string>& merge) {
  if (scan.peek() == '[') {
    return scan.consume('[') && scan.string(merge.first) && scan.consume(',') &&
           scan.string(merge.second) && scan.consume(']');
  }
  if (!scan.string(text)) return false;
  const size_t space = text.find(' ');
  if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos) return false;
  merge.first.assign(text, 0, space);
  merge.second.assign(text, space + 1);
  return true;
}

bool read_merge_list(Scanner& scan, MergeList& merges) {
  if (!scan.consume('[')) return false;
  std::string text;
  for (std::optional<bool> more = true; *more;) {
    if (merges.size() == kMaxVocabulary || !read_merge(scan, text, merges.emplace_back()))
      return false;
    more = scan.has_more(']');
    if (!more) return false;
  }
  return true;
}

// Reads the members of an object. member(key) reads the value and returns whether it succeeded.
template <typename Member>
bool read_object(Scanner& scan, const Member& member) {
  if (!scan.consume('{')) return false;
  std::string key;
  for (std::optional<bool> more = true; *more;) {
    if (!scan.string(key) || !scan.consume(':') || !member(key)) return false;
    more = scan.has_more('}');
    if (!more) return false;
  }
  return true;
}

struct Span {
  size_t begin = 0, end = 0;
};

}  // namespace

std::optional<VocabAndMerges> read_vocab_and_merges(std::string_view text) {
  VocabAndMerges lists;
  Scanner scan(text);
  std::optional<Span> vocab, merges;
  bool has_model = false;
  // Fails for duplicate keys, of which the full parser keeps the last.
  const auto list = [&](std::optional<Span>& span, auto read, auto& out) {
    if (span) return false;
    scan.peek();  // skips whitespace
    span = {scan.at(), 0};
    if (!read(scan, out)) return false;
    span->end = scan.at();
    return unicode::is_valid_utf8(text.substr(span->begin, span->end - span->begin));
  };
  const auto model_member = [&](const std::string& key) {
    if (key == "vocab") return list(vocab, read_token_list, lists.tokens);
    if (key == "merges") return list(merges, read_merge_list, lists.merges);
    return scan.skip_value();
  };
  const auto member = [&](const std::string& key) {
    if (key != "model") return scan.skip_value();
    if (has_model) return false;
    has_model = true;
    return read_object(scan, model_member);
  };
  if (!read_object(scan, member) || !scan.at_end() || !vocab || !merges) return std::nullopt;
  const bool vocab_first = vocab->begin < merges->begin;
  const Span first = vocab_first ? *vocab : *merges, second = vocab_first ? *merges : *vocab;
  lists.rest.append(text, 0, first.begin).append(vocab_first ? "{}" : "[]");
  lists.rest.append(text, first.end, second.begin - first.end).append(vocab_first ? "[]" : "{}");
  lists.rest.append(text, second.end);
  return lists;
}

}  // namespace sightline
