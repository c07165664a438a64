// A sample data set of captioned clip art: drawings of the Open Clip Art Library, release 0.18.
//
// It is generated on the user's machine; the project does not ship it. The drawings come from
// Debian's openclipart-svg, whose files are in the public domain; wamerican's word list decides
// which words of their titles are English.
#pragma once

#include <sightline/progress.h>
#include <sightline/sample_count.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sightline {

// Input files. The defaults are the paths that the Debian packages install.
struct DrawingsSources {
  std::filesystem::path drawings = "/usr/share/openclipart/svg";  // searched with its folders
  std::filesystem::path words = "/usr/share/dict/american-english";
};

// Rows held out of training; fewer if there are less than 8 times as many rows.
inline constexpr int64_t kDrawingsTestRows = 500;
inline constexpr int64_t kDrawingsNovelRows = 300;  // no subject of theirs is in training

struct DrawingsDatasetSummary {
  int64_t train = 0;
  int64_t test = 0;
  int64_t novel = 0;
  int64_t files = 0;  // SVG files in the sources
  // Files that a rule left out, in the order in which the rules are applied: "symbolic link",
  // "folder shapes/", "no English caption" …
  std::vector<SampleCount> left_out;
  // Rows whose caption was made from: "title", "file name", "translation", "keyword".
  std::vector<SampleCount> captions;
  bool parquet = false;        // DIR/parquet was written too (needs a build with Arrow)
  bool already_there = false;  // the folder already held this data set; nothing was written
};

// Writes the data set into `directory`, which is created if missing:
//   metadata.jsonl, images/*.png             a Hugging Face ImageFolder; open_dataset(directory)
//   parquet/drawings.parquet                 the same rows; open_dataset(directory / "parquet")
//   manifest.json                            the program, the hashes of its input, rows per rule
// Images are RGB PNG files of 224 x 224 pixels: what is drawn, centred on white, its longer side
// 216 pixels long (at most 16 times as long as on the whole page).
// Columns, all of them texts:
//   file_name, text (the caption), keywords ("a | b | c"; may be empty), group and subgroup (the
//   first two folders), split (train, test, novel), title (as in the file), creator, licence (its
//   URL), source (the path in the package)
// docs/decisions/0044-drawings.md describes the rules. The result depends on the files, the word
// list and the versions of librsvg, cairo, libpng and installed fonts: the same packages produce
// the same bytes. Draws on all cores; takes about half a minute on two.
//
// If the folder already holds the data set, made from the same files, it is only checked. If the
// files differ, or generated files are missing or changed, all files are written again. A folder is
// overwritten only if its manifest.json shows that this function wrote it, and only generated files
// are removed from it.
// Throws Error: not_found (the message names the Debian packages to install), unsupported (this
// build cannot draw SVG), invalid_argument (the folder holds other files), io, cancelled.
DrawingsDatasetSummary make_drawings_dataset(const std::filesystem::path& directory,
                                             const ProgressFn& progress = {},
                                             const DrawingsSources& sources = {});

}  // namespace sightline
