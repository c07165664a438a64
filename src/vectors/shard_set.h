// The shards of a manifest, opened as one set.
#pragma once

#include <sightline/vectors.h>

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "index/row_numbers.h"
#include "vectors/item_lines.h"
#include "vectors/shard_manifest.h"

namespace sightline::vectors {

// Thread-safe.
class ShardSet {
 public:
  // Maps every shard, with its quantized vectors. Throws what read_manifest and VectorIndex::open
  // throw; invalid_data for a shard that is no longer the one that was merged.
  explicit ShardSet(const std::filesystem::path& manifest);

  // An index of all shards, without rows that repeat an image of an earlier shard. Keeps what it
  // needs.
  VectorIndex index() const;
  const VectorProvenance& provenance() const { return *provenance_; }
  const std::vector<std::string>& warnings() const { return warnings_; }
  // Returns the items of these rows, ascending. Throws what ItemLines::read throws.
  std::vector<VectorItem> items(std::span<const int64_t> rows) const;

 private:
  void open_shard(const std::filesystem::path& path, const ManifestShard& shard,
                  std::vector<VectorIndex>& indexes);
  std::vector<VectorItem> read_stored(std::span<const int64_t> rows) const;

  ShardManifest manifest_;
  std::shared_ptr<const std::vector<VectorIndex>> indexes_;  // of the shards
  std::deque<ItemLines> lines_;                              // of the shards
  index::RowNumbers numbers_;
  std::vector<std::pair<int64_t, int64_t>> repeats_;  // stored rows: first, repeated; sorted
  std::optional<VectorProvenance> provenance_;
  std::vector<std::string> warnings_;
};

}  // namespace sightline::vectors
