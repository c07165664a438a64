// The sample data set: every emoji that the machine's emoji font can draw, with its name.
//
// Nothing of it is stored with this project. Images come from Debian's fonts-noto-color-emoji,
// names from unicode-data, keywords from unicode-cldr-core.
#pragma once

#include <sightline/progress.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace sightline {

// Where the ingredients lie. The defaults are where the Debian packages put them.
struct EmojiSources {
  std::filesystem::path font = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf";
  std::filesystem::path names = "/usr/share/unicode/emoji/emoji-test.txt";
  std::filesystem::path annotations = "/usr/share/unicode/cldr/common";  // annotations*/en.xml
};

// Rows held out of training; together they are the experiment's set of 833.
inline constexpr int64_t kEmojiTestRows = 600;   // pairs chosen at random
inline constexpr int64_t kEmojiNovelRows = 233;  // whole families: no variant is in training

struct EmojiDatasetSummary {
  int64_t train = 0;
  int64_t test = 0;
  int64_t novel = 0;
  int64_t not_drawn = 0;       // fully-qualified emoji that the font has no single image for
  bool parquet = false;        // DIR/parquet was written too (needs a build with Arrow)
  bool already_there = false;  // nothing was done: the folder holds exactly this already
};

// Writes the data set into `directory` (made if missing):
//   metadata.jsonl, images/*.png             a Hugging Face ImageFolder; open_dataset(directory)
//   parquet/emoji.parquet                    the same rows; open_dataset(directory / "parquet")
//   manifest.json                            what made it, and from what
// Images are RGB PNG, 136 x 136: the font's own bitmaps, unscaled, centred on white. Columns:
//   file_name, text (the caption: the Unicode name, unique), name, keywords ("a | b | c"), emoji,
//   group, subgroup, split (train, test, novel), base (name of the family's first member)
// A family is what differs by skin tone, hair or gender only; emoji that the font draws with the
// same image (some flags) count as one family too. The split depends on the rows alone: the same
// packages give the same bytes on every machine.
//
// A second call with the same packages does nothing but check; with others, or where files of ours
// are missing or changed, it makes all of them again. Only a folder whose manifest.json says that
// this function made it is written to again, and in it only files that this function makes are
// removed. Throws Error: not_found (one
// sentence that names the Debian packages to install), invalid_data, invalid_argument (the folder
// holds something else), io, cancelled.
EmojiDatasetSummary make_emoji_dataset(const std::filesystem::path& directory,
                                       const ProgressFn& progress = {},
                                       const EmojiSources& sources = {});

}  // namespace sightline
