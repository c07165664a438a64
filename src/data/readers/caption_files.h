// Metadata files of captions that stand apart from the images: COCO's, Karpathy's, Flickr's, and
// tables. Each reader fills an index; what is wrong with one record becomes a broken row of it.
#pragma once

#include <sightline/dataset.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/readers/caption_index.h"

namespace sightline {

// The kinds that open_caption_files() reads; names as in DatasetOptions::format.
//   coco      {"images": [{"id", "file_name", …}], "annotations": [{"image_id", "caption"}]}
//             Source: https://cocodataset.org/#format-data
//   karpathy  {"images": [{"filepath", "filename", "split", "sentences": [{"raw"}]}]}
//             Source: https://cs.stanford.edu/people/karpathy/deepimagesent/
//   flickr    lines NAME.jpg#0<TAB>CAPTION, or NAME.jpg| 0| CAPTION
//   csv       a header, a column of images and one or several of captions; separated by commas,
//             tabs, semicolons or bars
//   json      a list of objects, or one object a line, with the same columns
// What the file is by its content, or nothing. Reads the beginning. Throws io, invalid_data (a
// .json file that is not JSON up to there).
std::optional<std::string> caption_file_format(const std::filesystem::path& file);

// Files of one kind, one after the other. Images are looked for in options.image_root, else
// around each file. Throws invalid_data, not_found (no images, columns or split), io.
std::unique_ptr<Dataset> open_caption_files(const std::string& format,
                                            const std::vector<std::filesystem::path>& files,
                                            const DatasetOptions& options);

// The readers. `split`: of rows that do not name theirs; may be empty.
CaptionIndex read_coco(const std::filesystem::path& file, const std::string& split);
CaptionIndex read_karpathy(const std::filesystem::path& file);
CaptionIndex read_flickr(const std::filesystem::path& file);

struct TableColumns {
  std::string image, text;  // text: names joined by ", " where there are several
};
CaptionIndex read_table(const std::filesystem::path& file, bool json, const DatasetOptions& options,
                        TableColumns& columns);

}  // namespace sightline
