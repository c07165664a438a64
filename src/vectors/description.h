// NAME.meta.json (docs/formats/vectors.md).
#pragma once

#include <sightline/shards.h>
#include <sightline/vectors.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace sightline::vectors {

// The part of an input that a set holds, and the checksums of its files.
struct ShardRecord {
  ShardInput input;
  int64_t skipped = 0, repeated = 0;  // FinishedShard
  std::string elements;               // SHA-256 of all vectors, row after row
  std::string ids;                    // SHA-256 of NAME.ids.jsonl
};

// The provenance of a set, and which array it describes.
struct Description {
  VectorProvenance provenance;
  int64_t rows = 0, dim = 0;
  std::string first_checksum;  // of row 0; empty where there is none
  std::optional<ShardRecord> shard = {};
};
void write_description(const std::filesystem::path& npy, const Description& description);
// Throws invalid_data if the description is of another array than `index`.
void check_description(const std::filesystem::path& npy, const Description& description,
                       const VectorIndex& index);
// Nothing where there is no such file. Throws invalid_data.
std::optional<Description> read_description(const std::filesystem::path& npy);

}  // namespace sightline::vectors
