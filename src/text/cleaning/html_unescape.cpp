#include "text/cleaning/html_unescape.h"

#include <algorithm>
#include <optional>

#include "text/cleaning/fix_tables.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

constexpr size_t kMaxNameLength = 33;  // 32 characters and ';'

const HtmlEntity* find_entity(std::span<const HtmlEntity> table, std::string_view name) {
  const auto it =
      std::lower_bound(table.begin(), table.end(), name,
                       [](const HtmlEntity& e, std::string_view n) { return e.name < n; });
  return it != table.end() && it->name == name ? &*it : nullptr;
}

// Returns `name` as ASCII; other characters become '\x01', which no entity name contains.
std::string ascii(std::u32string_view name) {
  std::string out;
  for (const char32_t c : name) out += c < 0x80 ? static_cast<char>(c) : '\x01';
  return out;
}

int digit_value(char32_t c, bool hex) {
  if (c >= '0' && c <= '9') return static_cast<int>(c - '0');
  if (hex && c >= 'a' && c <= 'f') return static_cast<int>(c - 'a') + 10;
  if (hex && c >= 'A' && c <= 'F') return static_cast<int>(c - 'A') + 10;
  return -1;
}

void append_reference(uint64_t number, std::u32string& out) {
  for (const CharacterReference& r : kReplacedReferences) {
    if (r.number == number) {
      out.push_back(r.value);
      return;
    }
  }
  if ((number >= 0xD800 && number <= 0xDFFF) || number > 0x10FFFF) {
    out.push_back(0xFFFD);
    return;
  }
  for (const auto& range : kDroppedReferences) {
    if (number >= range.first && number <= range.last) return;
  }
  out.push_back(static_cast<char32_t>(number));
}

// Reads a numeric reference "#123;" or "#x7b;" (';' optional) at the start of `text`. Appends its
// character and returns its length, or 0 if there is none.
size_t read_number(std::u32string_view text, std::u32string& out) {
  if (text.size() < 2 || text[0] != '#') return 0;
  const bool hex = text[1] == 'x' || text[1] == 'X';
  const size_t begin = hex ? 2 : 1;
  size_t at = begin;
  uint64_t number = 0;
  for (; at < text.size() && digit_value(text[at], hex) >= 0; ++at) {
    number = std::min<uint64_t>(number * (hex ? 16 : 10) + digit_value(text[at], hex), 0x110000);
  }
  if (at == begin) return 0;
  append_reference(number, out);
  return at < text.size() && text[at] == ';' ? at + 1 : at;
}

bool is_name_char(char32_t c) {
  return c != '\t' && c != '\n' && c != '\f' && c != ' ' && c != '<' && c != '&' && c != '#' &&
         c != ';';
}

// Reads an entity name at the start of `text` and returns its length, or 0 if there is none.
// Replaces the longest prefix that is an entity; the rest of the name, or a name without such a
// prefix, is copied.
size_t read_name(std::u32string_view text, std::u32string& out) {
  size_t length = 0;
  while (length < text.size() && length + 1 < kMaxNameLength && is_name_char(text[length]))
    ++length;
  if (length == 0) return 0;
  if (length < text.size() && text[length] == ';') ++length;
  const std::string name = ascii(text.substr(0, length));
  for (size_t part = length; part > 1; --part) {
    if (const HtmlEntity* entity =
            find_entity(kHtmlEntities, std::string_view(name).substr(0, part))) {
      out += entity->value;
      out += text.substr(part, length - part);
      return length;
    }
  }
  out.push_back('&');
  out += text.substr(0, length);
  return length;
}

// Returns ftfy's replacement of "&name;" or "&#…;", or none if it is kept.
std::optional<std::u32string> unescape_one(std::u32string_view match) {
  const std::string name = ascii(match.substr(1));
  if (const HtmlEntity* entity = find_entity(kHtmlEntities, name))
    return std::u32string(entity->value);
  if (const HtmlEntity* entity = find_entity(kCapitalEntities, name))
    return std::u32string(entity->value);
  if (match[1] != '#') return std::nullopt;
  const std::u32string unescaped = html_unescape(match);
  if (unescaped.find(U';') != std::u32string::npos) return std::nullopt;
  return unescaped;
}

}  // namespace

std::u32string html_unescape(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '&') {
      out.push_back(text[at++]);
      continue;
    }
    const std::u32string_view rest = text.substr(at + 1);
    size_t length = read_number(rest, out);
    if (length == 0) length = read_name(rest, out);
    if (length == 0) out.push_back('&');
    at += 1 + length;
  }
  return out;
}

std::u32string unescape_entities(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    if (text[at] == '&') {
      if (end < text.size() && text[end] == '#') ++end;
      const size_t name = end;
      const auto is_alnum = [](char32_t c) {
        return c < 0x80 && (unicode::is_letter(c) || unicode::is_number(c));
      };
      while (end < text.size() && end - name < 25 && is_alnum(text[end])) ++end;
      if (end > name && end - name <= 24 && end < text.size() && text[end] == ';') {
        ++end;
        const auto match = text.substr(at, end - at);
        const auto unescaped = unescape_one(match);
        out += unescaped ? std::u32string_view(*unescaped) : match;
        at = end;
        continue;
      }
    }
    out.push_back(text[at++]);
  }
  return out;
}

}  // namespace sightline
