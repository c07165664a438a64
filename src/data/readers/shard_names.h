// File names of WebDataset shards.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sightline {

// Returns whether the file has a shard's extension: .tar, .tar.gz or .tgz.
bool is_shard_name(const std::filesystem::path& file);

// Returns the split in a shard's name: "train" for cc3m-train-0000.tar; "" for 00000.tar.
std::string split_of_shard_name(const std::filesystem::path& file);

// Expands "shards/{00000..00009}.tar" or "{train,test}/0.tar" to its files, in order. Returns a
// pattern without braces unchanged. Throws invalid_argument (an invalid pattern, or one of more
// than a million files).
std::vector<std::filesystem::path> expand_braces(const std::string& pattern);

}  // namespace sightline
