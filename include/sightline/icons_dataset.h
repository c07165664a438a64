// A data set of captioned icons, made from an @iconify-json package of the npm registry.
//
// It is generated on the user's machine; the project does not ship it.
#pragma once

#include <sightline/progress.h>
#include <sightline/sample_count.h>

#include <cstdint>
#include <filesystem>
#include <vector>

namespace sightline {

struct IconsDatasetSummary {
  int64_t rows = 0;                   // all in the split `train`
  int64_t icons = 0;                  // of the package
  std::vector<SampleCount> left_out;  // icons, by the reason
  bool parquet = false;               // DIR/parquet was written too (needs a build with Arrow)
  bool already_there = false;         // the folder already held this data set; nothing was written
};

// Writes the data set into `directory`, which is created if missing:
//   metadata.jsonl, images/*.png             a Hugging Face ImageFolder; open_dataset(directory)
//   parquet/icons.parquet                    the same rows; open_dataset(directory / "parquet")
//   manifest.json                            the package, its licence, the hashes of its files
// Images are RGB PNG files of 136 x 136 pixels on white. Columns, all of them texts:
//   file_name, text (the caption), keywords (the set's categories, "a | b"; may be empty), split
//   (train), creator, licence (of the package; an SPDX identifier), source (the icon's name)
// The caption is the icon's name, with spaces, without numbers and the word "duo". Aliases are not
// used. Several icons may have one caption.
//
// If the folder already holds the data set, made from the same files, it is only checked. If the
// files differ, or generated files are missing or changed, all files are written again. A folder is
// overwritten only if its manifest.json shows that this function wrote it, from a package of the
// same name, and only generated files are removed from it.
// Throws Error: not_found (`package` has no icons.json or info.json), invalid_data (they are not in
// the expected form), unsupported (this build cannot draw SVG), invalid_argument (the folder holds
// other files, or the icons of another package), limit_exceeded, io, cancelled.
IconsDatasetSummary make_icons_dataset(const std::filesystem::path& directory,
                                       const std::filesystem::path& package,
                                       const ProgressFn& progress = {});

}  // namespace sightline
