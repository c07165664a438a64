// Readers for metadata files that list captions and name separate image files: COCO, Karpathy,
// Flickr, tables. Each reader fills a CaptionIndex; an invalid record becomes a broken row.
#pragma once

#include <sightline/dataset.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

// Detects the format of a caption file from its first bytes. Returns nothing if it is none of these
// (names as in DatasetOptions::format):
//   coco      {"images": [{"id", "file_name", …}], "annotations": [{"image_id", "caption"}]}
//             Source: https://cocodataset.org/#format-data
//   karpathy  {"images": [{"filepath", "filename", "split", "sentences": [{"raw"}]}]}
//             Source: https://cs.stanford.edu/people/karpathy/deepimagesent/
//   flickr    lines NAME.jpg#0<TAB>CAPTION, or NAME.jpg| 0| CAPTION
//   csv       a header, one image column and one or more caption columns, separated by commas,
//             tabs, semicolons or vertical bars
//   json      a list of objects, or one object per line, with the same columns
// Throws io, invalid_data (the part of a .json file that was read is not JSON).
std::optional<std::string> caption_file_format(const std::filesystem::path& file);

// Opens files of one format as one data set, in the given order. Images are searched for in
// options.image_root, or else around each file. Throws invalid_data, not_found (no images, columns
// or split), io.
std::unique_ptr<Dataset> open_caption_files(const std::string& format,
                                            const std::vector<std::filesystem::path>& files,
                                            const DatasetOptions& options);

}  // namespace sightline
