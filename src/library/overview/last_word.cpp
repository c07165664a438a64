#include "library/overview/last_word.h"

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"
#include "search/language/filters.h"
#include "search/language/query_text.h"

namespace sightline::library {
namespace {

using language::QueryText;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Reads a text in quotes, which may be incomplete. Returns whether it ends.
bool read_quoted(QueryText& in, std::string& text) {
  for (in.skip(1); !in.at_end(); in.skip(1)) {
    if (in.next() == '"') {
      in.skip(1);
      return true;
    }
    const std::string_view rest = in.rest();
    if (rest.size() > 1 && rest[0] == '\\' && (rest[1] == '"' || rest[1] == '\\')) in.skip(1);
    text += in.next();
  }
  return false;
}

// The key of "tag:…" as parse_query reads it; empty if the word has no key of a filter.
std::string filter_key(std::string_view word) {
  size_t end = 0;
  while (end < word.size() && is_letter(word[end])) ++end;
  std::string key = lower(word.substr(0, end));
  if (key == "field" && end < word.size() && word[end] == '.') {
    const size_t colon = std::min(word.find(':', end), word.size());
    key += word.substr(end, colon - end);
    end = colon;
  }
  const bool filter =
      end < word.size() && word[end] == ':' && language::key_type(key) == language::KeyType::filter;
  return filter ? key : "";
}

// Reads the values of a key. `out` keeps the last one and what is before it.
void read_values(QueryText& in, LastWord& out) {
  const size_t first = in.position();
  const std::string_view values = in.rest();
  for (;;) {
    out.before = values.substr(0, in.position() - first);
    out.text.clear();
    if (in.next() == '"') {
      if (!read_quoted(in, out.text)) return;
    } else {
      out.text = in.take_word(true);
    }
    if (in.next() != ',') break;
    in.skip(1);
  }
  in.take_word();  // what is wrong after a quote
}

// Reads one part of the query; empty if nothing can be completed there.
std::optional<LastWord> read_part(QueryText& in) {
  LastWord out;
  out.at = in.position();
  const char sign = in.next();
  const std::string_view rest = in.rest();
  const bool operand = rest.size() > 1 && (is_letter(rest[1]) || rest[1] == '"' ||
                                           static_cast<unsigned char>(rest[1]) >= 0x80);
  const bool plus = sign == '+' && operand;
  out.negated = sign == '-' && operand;
  if (plus || out.negated) in.skip(1);
  if (in.next() == '"') {
    std::string text;
    read_quoted(in, text);
    in.take_word();
    return std::nullopt;
  }
  out.key = filter_key(in.rest());
  if (out.key.empty()) {
    out.text = in.take_word();
    if (out.text == "+" || out.text == "-") return std::nullopt;
  } else {
    in.skip(out.key.size() + 1);
    read_values(in, out);
  }
  // Only a term can follow '+'.
  return plus ? std::nullopt : std::optional(std::move(out));
}

}  // namespace

std::optional<LastWord> last_word(std::string_view query) {
  QueryText in(query);
  bool after_plus = false;  // where only a term can follow
  for (in.skip_space(); !in.at_end(); in.skip_space()) {
    const size_t begin = in.position();
    const std::optional<LastWord> part = read_part(in);
    if (in.at_end()) return after_plus ? std::nullopt : part;
    after_plus = in.between(begin, in.position()) == "+";
  }
  return std::nullopt;
}

std::string query_value(std::string_view text) {
  constexpr std::string_view kPlain = "_-./#()&@!?*";
  bool plain = !text.empty();
  for (size_t at = 0; at < text.size() && plain;) {
    const QueryText rest(text.substr(at));
    const char c = text[at];
    const bool other = static_cast<unsigned char>(c) >= 0x80 && !rest.at_word_end();
    plain = other || is_letter(c) || (c >= '0' && c <= '9') || kPlain.find(c) != kPlain.npos;
    at += read_utf8(text, at).bytes;
  }
  if (plain) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace sightline::library
