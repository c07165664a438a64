// Options shared by all commands that read a data set.
#pragma once

#include <sightline/dataset.h>

#include <CLI/CLI.hpp>
#include <string>

namespace sightline::cli {

// Help text of options that accept a data set.
inline constexpr const char* kDatasetHelp =
    "Folder or file (ImageFolder, Parquet, Arrow, COCO, Karpathy, Flickr, CSV, JSON, WebDataset, "
    "plain images), or a name on the Hub";

// --exclude, --include-hidden.
void add_folder_options(CLI::App& command, FolderOptions& options);

// --split, of a data set that `dataset` names.
void add_split_option(CLI::App& command, std::string& split, CLI::Option* dataset);

// --image-column, --text-column, --images-root, --format, --max-captions, --exclude,
// --include-hidden, --keep-repeats.
void add_dataset_options(CLI::App& command, DatasetOptions& options);

}  // namespace sightline::cli
