// Plain folders of images.
#pragma once

#include <sightline/dataset.h>
#include <filesystem>
#include <memory>

namespace sightline {

// Opens a plain folder of images. Row ids are paths relative to `root`. With `caption_sidecars`, or
// with the text column "txt", the lines of a.txt are the captions of a.jpg; a file that is not text
// makes the row broken. Throws not_found for another text column.
std::unique_ptr<Dataset> open_folder(const std::filesystem::path& root, bool caption_sidecars,
                                     const DatasetOptions& options);

}  // namespace sightline
