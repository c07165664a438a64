// Reads WebDataset: tar shards in which the files of a sample share a key.
#pragma once

#include <sightline/dataset.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sightline {

struct Shard {
  std::filesystem::path file;
  std::string split;  // from its folder or its name; may be empty
};

// Opens shards as one data set. A sample consists of consecutive entries with the same key: the
// path up to the first dot of its last part. What follows the dot is the extension.
//   image     the first of the extensions jpg, png, jpeg, webp, … that the sample has, else its
//             only numbered one (0.jpg), or options.image_column
//   captions  a list in the json entry (captions, texts …), else the lines of txt, else a text in
//             the json entry (caption, text …); or what options.text_columns name, in their order
//   extra     the scalars of json, and the text of cls
// Row ids are the keys. A sample without an image, with several numbered ones, with text that
// decode_text() refuses, with two entries of the same name, or with an
// entry that is too large is a broken row. A damaged shard is one broken row, and reading continues
// with the next shard.
// Throws not_found (a missing shard), invalid_data (the only shard has no sample with an image).
// Source: https://github.com/webdataset/webdataset, "The WebDataset Format"
std::unique_ptr<Dataset> open_webdataset(std::vector<Shard> shards, const DatasetOptions& options);

}  // namespace sightline
