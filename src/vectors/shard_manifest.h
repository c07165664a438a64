// NAME.shards.json (docs/formats/vectors.md).
#pragma once

#include <sightline/vectors.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sightline::vectors {

struct ManifestShard {
  std::filesystem::path npy;
  int64_t rows = 0;
  std::string elements;  // ShardRecord::elements
};

// The shards of one input. Stored rows are numbered over all of them.
struct ShardManifest {
  std::vector<ManifestShard> shards;
  int64_t dim = 0;
  int64_t max_captions = 0;  // per image; 0: all
  // Stored rows, ascending, that repeat the image of an earlier shard and are left out; and of
  // each, the stored row that has its captions.
  std::vector<int64_t> repeated_rows, first_rows;

  int64_t stored_rows() const;
  int64_t rows() const { return stored_rows() - static_cast<int64_t>(repeated_rows.size()); }
};

// Throws io.
void write_manifest(const std::filesystem::path& path, const ShardManifest& manifest,
                    const VectorProvenance& provenance);
// Throws not_found, io, invalid_data.
ShardManifest read_manifest(const std::filesystem::path& path);

}  // namespace sightline::vectors
