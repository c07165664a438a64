// What Unicode says about emoji: the sequences, their names, groups and keywords.
#pragma once

#include <sightline/emoji_dataset.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

struct Emoji {
  std::u32string sequence;  // code points, fully-qualified (with U+FE0F where it belongs)
  std::string name;         // Unicode's short name: "waving hand: dark skin tone"
  std::string group;
  std::string subgroup;
  std::string keywords;  // "hand | wave | waving"; the name where CLDR has none (yet)
};

// Fully-qualified entries of emoji-test.txt, in the file's order, without keywords.
// Throws invalid_data for a line that does not follow the format (UTS #51, emoji-test.txt header).
std::vector<Emoji> parse_emoji_test(std::string_view text, const std::string& name);

// Adds the keyword lists of a CLDR annotations file (LDML part 2, "Annotations"): sequence without
// U+FE0F, as UTF-8 -> "a | b | c". The entries of type "tts" are names and are left out.
void parse_annotations(std::string_view xml, std::map<std::string, std::string>& keywords);

// Both files' content joined.
std::vector<Emoji> load_emoji_table(const EmojiSources& sources);

std::string to_utf8(std::u32string_view text);

// The sequence without U+FE0F (emoji presentation), which font tables and CLDR keys leave out.
std::u32string without_presentation(std::u32string_view sequence);

// "1f44b-1f3fd": lower-case hexadecimal code points.
std::string hex_name(std::u32string_view sequence);

}  // namespace sightline
