// Reads Unicode's emoji data: sequences, names, groups and keywords.
#pragma once

#include <sightline/emoji_dataset.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

struct Emoji {
  std::u32string sequence;  // code points, fully-qualified (with U+FE0F where Unicode has it)
  std::string name;         // Unicode's short name: "waving hand: dark skin tone"
  std::string group;
  std::string subgroup;
  std::string keywords;  // "hand | wave | waving"; the name if CLDR has no keywords
};

// Parses the fully-qualified entries of emoji-test.txt, in file order and without keywords. `name`
// is the file's name for messages. Throws invalid_data for a line that does not follow the format
// (UTS #51, emoji-test.txt header).
std::vector<Emoji> parse_emoji_test(std::string_view text, const std::string& name);

// Adds the keyword lists of a CLDR annotations file (LDML part 2, "Annotations") to `keywords`,
// which maps a sequence without U+FE0F, in UTF-8, to "a | b | c". Entries of type "tts" are names
// and are skipped.
void parse_annotations(std::string_view xml, std::map<std::string, std::string>& keywords);

// Reads emoji-test.txt and the annotations, and returns the emoji with their keywords. Throws
// Error: not_found, io, invalid_data.
std::vector<Emoji> load_emoji_table(const EmojiSources& sources);

std::string to_utf8(std::u32string_view text);

// Returns the sequence without U+FE0F (emoji presentation), which font tables and CLDR keys omit.
std::u32string without_presentation(std::u32string_view sequence);

// Returns the code points in lower-case hexadecimal: "1f44b-1f3fd".
std::string hex_name(std::u32string_view sequence);

}  // namespace sightline
