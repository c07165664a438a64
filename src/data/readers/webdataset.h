// WebDataset: images and captions in tar shards, files of one key together.
#pragma once

#include <sightline/dataset.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sightline {

struct Shard {
  std::filesystem::path file;
  std::string split;  // by its folder or its name; may be empty
};

// Whether a file's name is one of a shard: .tar, .tar.gz, .tgz.
bool is_shard_name(const std::filesystem::path& file);

// The split that a shard's name speaks of: "train" for cc3m-train-0000.tar; "" for 00000.tar.
std::string split_of_shard_name(const std::filesystem::path& file);

// "shards/{00000..00009}.tar" and "{train,test}/0.tar" as their files, in order; a pattern without
// braces as itself. Throws invalid_argument (a pattern that does not end, more than a million).
std::vector<std::filesystem::path> expand_braces(const std::string& pattern);

// A sample is what follows one another under one key: the entry's path up to the first dot of its
// last part. Its image is the entry jpg, png, jpeg, webp, else of another image's ending (or
// options.image_column); its captions are a list in the json entry (captions, texts …), else the
// lines of txt, else a text in the json entry (caption, text …); options.text_column names one.
// The scalars of json and the text of cls are further columns. Row ids are the keys.
// A sample without an image, with two entries of one name or too large an entry is a row with an
// error, and so is a damaged shard, where reading goes on with the next one.
// Throws not_found (a shard), invalid_data where the only shard has no sample.
// Source: https://github.com/webdataset/webdataset, "The WebDataset Format"
std::unique_ptr<Dataset> open_webdataset(std::vector<Shard> shards, const DatasetOptions& options);

}  // namespace sightline
