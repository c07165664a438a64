#include "dataset_options.h"

namespace sightline::cli {

void add_folder_options(CLI::App& command, FolderOptions& options) {
  command
      .add_option(
          "--exclude", options.exclude,
          "In folders of images, leave out files and folders that match this pattern, as in "
          ".gitignore: '*.gif', 'drafts/'; '!@eaDir/' includes a folder that is excluded by "
          "default; repeatable")
      ->type_name("PATTERN")
      ->allow_extra_args(false);
  command.add_flag("--include-hidden", options.include_hidden,
                   "In folders of images, also read files and folders whose names begin with '.'");
}

void add_split_option(CLI::App& command, std::string& split, CLI::Option* dataset) {
  command.add_option("--split", split, "Read only these splits, comma-separated")
      ->type_name("NAME")
      ->needs(dataset);
}

void add_dataset_options(CLI::App& command, DatasetOptions& options) {
  command
      .add_option("--image-column", options.image_column,
                  "Column of the images (default: detected)")
      ->type_name("NAME");
  command
      .add_option("--text-column", options.text_columns,
                  "Column of the captions; repeatable (default: detected)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command
      .add_option("--images-root", options.image_root,
                  "Folder of the images that a caption file names (default: detected)")
      ->type_name("DIR");
  command.add_option("--format", options.format, "Format of the data set (default: detected)")
      ->check(CLI::IsMember(dataset_formats()));
  command
      .add_option("--max-captions", options.max_captions,
                  "Use only the first N captions of each image (default: all)")
      ->check(CLI::PositiveNumber);
  add_folder_options(command, options.folder);
  command.add_flag("!--keep-repeats", options.merge_repeated_images,
                   "Rows that repeat an image are images of their own (default: they add captions "
                   "to the first of them)");
}

}  // namespace sightline::cli
