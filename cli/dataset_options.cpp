#include "dataset_options.h"

namespace sightline::cli {

void add_dataset_options(CLI::App& command, DatasetOptions& options) {
  command.add_option("--image-column", options.image_column,
                     "Column of the images (default: found)");
  command.add_option("--text-column", options.text_column,
                     "Column of the captions (default: found)");
  command.add_option("--images-root", options.image_root,
                     "Folder of the images that a file of captions names (default: found)");
  command.add_option("--format", options.format, "Kind of the data set (default: found)")
      ->check(CLI::IsMember(dataset_formats()));
  command
      .add_option("--max-captions", options.max_captions,
                  "Only the first so many captions of an image (default: all)")
      ->check(CLI::PositiveNumber);
}

}  // namespace sightline::cli
