// Files of images that were read from data sets and folders.
#pragma once

#include <sightline/vectors.h>

#include <filesystem>

namespace sightline {

// Returns the path of the file that has the item's image: its id in the source's folder, in the
// folder of the images that a caption file names, or next to that file. The id as a path if no such
// file exists, as for images in Parquet files and archives.
std::filesystem::path image_file(const VectorSource& source, const VectorItem& item);

}  // namespace sightline
