// The sample data set: every emoji that the system's emoji font can draw, with its name; or the
// same emoji as another artist drew them.
//
// It is generated on the user's machine; the project does not ship it. The images come from
// Debian's fonts-noto-color-emoji, the names from unicode-data, the keywords from
// unicode-cldr-core.
#pragma once

#include <sightline/progress.h>
#include <sightline/sample_count.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sightline {

// Input files. The defaults are the paths that the Debian packages install.
struct EmojiSources {
  std::filesystem::path font = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf";
  std::filesystem::path names = "/usr/share/unicode/emoji/emoji-test.txt";
  std::filesystem::path annotations = "/usr/share/unicode/cldr/common";  // annotations*/en.xml
  // Folder of an @iconify-json package (src/sample_data/icons/icon_set.h) whose images replace the
  // font's. Empty: the font's.
  std::filesystem::path pictures;
};

// Rows held out of training. Together they are the 833 rows of the sample experiment.
inline constexpr int64_t kEmojiTestRows = 600;   // single rows, chosen at random
inline constexpr int64_t kEmojiNovelRows = 233;  // whole families: no variant is in training

struct EmojiDatasetSummary {
  int64_t train = 0;
  int64_t test = 0;
  int64_t novel = 0;
  int64_t not_drawn = 0;  // fully-qualified emoji for which the font has no single image
  // With pictures: emoji of the font that were left out, by the reason, and icons of the package
  // that show none of them.
  std::vector<SampleCount> left_out;
  int64_t unmatched_icons = 0;
  bool parquet = false;        // DIR/parquet was written too (needs a build with Arrow)
  bool already_there = false;  // the folder already held this data set; nothing was written
};

// Writes the data set into `directory`, which is created if missing:
//   metadata.jsonl, images/*.png             a Hugging Face ImageFolder; open_dataset(directory)
//   parquet/emoji.parquet                    the same rows; open_dataset(directory / "parquet")
//   manifest.json                            the program and the hashes of its input files
// Images are RGB PNG files of 136 x 136 pixels: the font's bitmaps, unscaled, centred on white.
// Columns:
//   file_name, text (the caption: the Unicode name, unique), name, keywords ("a | b | c"), emoji,
//   group, subgroup, split (train, test, novel), base (name of the family's first member)
// A family consists of the emoji that differ only by skin tone, hair or gender. Emoji for which the
// font has the same image (some flags) also form one family. The split depends on the rows alone:
// the same packages produce the same bytes on every machine.
//
// With pictures, names, keywords, groups and splits are those of the font's data set, and these
// columns are added: creator and licence of the package, and source (its icon's name). The icons
// are drawn on white, 136 x 136 pixels. Emoji that the package lacks are left out, and icons that
// match no emoji (match_emoji.h), so that a held-out emoji does not appear under another name. So
// are emoji that are not `novel` but whose drawn image is that of a `novel` one, pixel for pixel.
//
// If the folder already holds the data set, made from the same packages, it is only checked. If the
// packages differ, or generated files are missing or changed, all files are written again. A folder
// is overwritten only if its manifest.json shows that this function wrote it, with images of the
// same artist, and only generated files are removed from it.
// Throws Error: not_found (the message names the Debian packages to install), invalid_data,
// invalid_argument (the folder holds other files, or another artist's images), unsupported
// (pictures, and this build cannot draw SVG), io, cancelled.
EmojiDatasetSummary make_emoji_dataset(const std::filesystem::path& directory,
                                       const ProgressFn& progress = {},
                                       const EmojiSources& sources = {});

}  // namespace sightline
