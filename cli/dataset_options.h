// Options of every command that reads a data set.
#pragma once

#include <sightline/dataset.h>

#include <CLI/CLI.hpp>

namespace sightline::cli {

// Help of an option that accepts a data set.
inline constexpr const char* kDatasetHelp =
    "Folder or file: ImageFolder, Parquet, COCO, Karpathy or Flickr captions, table, images; or "
    "a name at the Hub";

// --image-column, --text-column, --images-root, --format, --max-captions.
void add_dataset_options(CLI::App& command, DatasetOptions& options);

}  // namespace sightline::cli
