#include "sample_data/emoji/emoji_table.h"

#include <sightline/error.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "base/file.h"
#include "base/text.h"

namespace sightline {
namespace {

constexpr char32_t kPresentation = 0xFE0F;

// Returns the trimmed part of `line` after `prefix`, or an empty string.
std::string_view after(std::string_view line, std::string_view prefix) {
  return line.starts_with(prefix) ? trimmed(line.substr(prefix.size())) : std::string_view();
}

bool parse_code_points(std::string_view text, std::u32string& sequence) {
  text = trimmed(text);
  while (!text.empty()) {
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (error != std::errc() || value == 0 || value > 0x10FFFF) return false;
    sequence.push_back(value);
    text = trimmed(text.substr(static_cast<size_t>(end - text.data())));
  }
  return !sequence.empty();
}

// Returns the name in an entry's comment, "<emoji> E<version> <name>".
std::string_view name_in_comment(std::string_view comment) {
  const size_t version = comment.find(" E");
  if (version == std::string_view::npos) return {};
  const size_t name = comment.find(' ', version + 2);
  return name == std::string_view::npos ? std::string_view() : trimmed(comment.substr(name));
}

std::string unescape_xml(std::string_view text) {
  static constexpr std::pair<std::string_view, char> kEntities[] = {
      {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
  std::string plain;
  while (!text.empty()) {
    size_t used = 1;
    char c = text.front();
    for (const auto& [entity, character] : kEntities) {
      if (text.starts_with(entity)) {
        used = entity.size();
        c = character;
        break;
      }
    }
    plain.push_back(c);
    text.remove_prefix(used);
  }
  return plain;
}

std::string required_text(const std::filesystem::path& path, const char* package) {
  if (!std::filesystem::exists(file_status(path))) {
    throw Error(ErrorCode::not_found, "the emoji data set needs '", path.string(),
                "' of the Debian package ", package);
  }
  return read_text_file(path);
}

}  // namespace

std::vector<Emoji> parse_emoji_test(std::string_view text, const std::string& name) {
  std::vector<Emoji> table;
  std::string group, subgroup;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (const auto found = after(line, "# group:"); !found.empty()) group = found;
    if (const auto found = after(line, "# subgroup:"); !found.empty()) subgroup = found;
    if (line.empty() || line.front() == '#') continue;
    const size_t semicolon = line.find(';');
    const size_t hash = line.find('#', semicolon == std::string_view::npos ? 0 : semicolon);
    Emoji entry;
    if (hash == std::string_view::npos || semicolon == std::string_view::npos ||
        !parse_code_points(line.substr(0, semicolon), entry.sequence)) {
      throw Error(ErrorCode::invalid_data, "'", name, "' line ", number,
                  ": expected 'code points; status # emoji name'");
    }
    if (trimmed(line.substr(semicolon + 1, hash - semicolon - 1)) != "fully-qualified") continue;
    entry.name = name_in_comment(trimmed(line.substr(hash + 1)));
    if (entry.name.empty()) {
      throw Error(ErrorCode::invalid_data, "'", name, "' line ", number, ": the emoji has no name");
    }
    entry.group = group;
    entry.subgroup = subgroup;
    table.push_back(std::move(entry));
  }
  return table;
}

void parse_annotations(std::string_view xml, std::map<std::string, std::string>& keywords) {
  constexpr std::string_view kOpen = "<annotation cp=\"";
  for (size_t at = xml.find(kOpen); at != std::string_view::npos; at = xml.find(kOpen, at)) {
    at += kOpen.size();
    const size_t quote = xml.find('"', at);
    const size_t tag_end = xml.find('>', quote);
    const size_t close = xml.find("</annotation>", tag_end);
    if (close == std::string_view::npos) return;
    // Elements with type="tts" repeat the name; those without a type are keyword lists.
    if (xml.substr(quote + 1, tag_end - quote - 1).find("type=") == std::string_view::npos) {
      keywords[unescape_xml(xml.substr(at, quote - at))] =
          unescape_xml(trimmed(xml.substr(tag_end + 1, close - tag_end - 1)));
    }
    at = close;
  }
}

std::vector<Emoji> load_emoji_table(const EmojiSources& sources) {
  auto table =
      parse_emoji_test(required_text(sources.names, "unicode-data"), sources.names.string());
  std::map<std::string, std::string> keywords;
  for (const char* folder : {"annotations", "annotationsDerived"}) {
    parse_annotations(required_text(sources.annotations / folder / "en.xml", "unicode-cldr-core"),
                      keywords);
  }
  for (auto& emoji : table) {
    const auto found = keywords.find(to_utf8(without_presentation(emoji.sequence)));
    emoji.keywords = found != keywords.end() ? found->second : emoji.name;
  }
  return table;
}

std::string to_utf8(std::u32string_view text) {
  std::string bytes;
  for (const char32_t c : text) {
    if (c < 0x80) {
      bytes.push_back(static_cast<char>(c));
      continue;
    }
    const int tail = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static constexpr unsigned kLead[] = {0, 0xC0, 0xE0, 0xF0};
    bytes.push_back(static_cast<char>(kLead[tail] | (c >> (6 * tail))));
    for (int i = tail - 1; i >= 0; --i) {
      bytes.push_back(static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3F)));
    }
  }
  return bytes;
}

std::u32string without_presentation(std::u32string_view sequence) {
  std::u32string rest(sequence);
  std::erase(rest, kPresentation);
  return rest;
}

std::string hex_name(std::u32string_view sequence) {
  std::string name;
  for (const char32_t c : sequence) {
    char text[16];
    std::snprintf(text, sizeof text, "%s%04x", name.empty() ? "" : "-", static_cast<unsigned>(c));
    name += text;
  }
  return name;
}

}  // namespace sightline
