// Comparisons of shards, and of their files with their checksums.
#pragma once

#include <filesystem>
#include <string>

#include "vectors/description.h"

namespace sightline::vectors {

// Returns why a set is not part of what this provenance and input describe, such as "has vectors of
// texts, expected of images"; empty if it is. The number of the shard is not compared.
std::string difference(const Description& found, const VectorProvenance& provenance,
                       const ShardInput& input);

// Returns why the files of a shard are not as they were written; empty if they are. Reads all of
// them. Throws io.
std::string damage(const std::filesystem::path& npy, const Description& description);

// Throws invalid_data if the array of a shard is not there as a whole, without reading its vectors;
// what NpyVectors throws.
void check_array(const std::filesystem::path& npy, const Description& description);

}  // namespace sightline::vectors
