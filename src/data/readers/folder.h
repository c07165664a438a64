// Folders of images without captions.
#pragma once

#include <sightline/dataset.h>
#include <filesystem>
#include <memory>

namespace sightline {

// Opens a plain folder of images. Row ids are paths relative to `root`.
std::unique_ptr<Dataset> open_folder(const std::filesystem::path& root,
                                     const DatasetOptions& options);

}  // namespace sightline
