#include "vectors/shard_set.h"

#include <sightline/error.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "encode/repeated_images.h"
#include "index/segmented_index.h"
#include "vectors/description.h"

namespace sightline::vectors {

ShardSet::ShardSet(const std::filesystem::path& manifest)
    : manifest_(read_manifest(manifest)), numbers_(manifest_.repeated_rows) {
  std::vector<VectorIndex> indexes;
  for (const ManifestShard& shard : manifest_.shards) open_shard(manifest, shard, indexes);
  indexes_ = std::make_shared<const std::vector<VectorIndex>>(std::move(indexes));
  for (size_t i = 0; i < manifest_.repeated_rows.size(); ++i)
    repeats_.emplace_back(manifest_.first_rows[i], manifest_.repeated_rows[i]);
  std::ranges::sort(repeats_);
}

void ShardSet::open_shard(const std::filesystem::path& path, const ManifestShard& shard,
                          std::vector<VectorIndex>& indexes) {
  const auto description = read_description(shard.npy);
  if (!description || !description->shard || description->shard->elements != shard.elements ||
      description->rows != shard.rows || description->dim != manifest_.dim) {
    throw Error(ErrorCode::invalid_data, quoted(shard.npy),
                " is not the shard that was merged into ", quoted(path),
                ": run 'sightline merge' again");
  }
  indexes.push_back(VectorIndex::open(shard.npy));
  lines_.emplace_back(ids_path(shard.npy));
  check_description(shard.npy, *description, indexes.back());
  const auto& warnings = indexes.back().warnings();
  warnings_.insert(warnings_.end(), warnings.begin(), warnings.end());
  if (!provenance_) provenance_ = description->provenance;
}

VectorIndex ShardSet::index() const {
  return index::make_joined_index(indexes_, manifest_.repeated_rows);
}

std::vector<VectorItem> ShardSet::read_stored(std::span<const int64_t> rows) const {
  std::vector<VectorItem> out;
  int64_t first = 0;
  for (size_t s = 0; s < manifest_.shards.size() && !rows.empty(); ++s) {
    const ManifestShard& shard = manifest_.shards[s];
    std::vector<int64_t> own;
    for (; !rows.empty() && rows.front() < first + shard.rows; rows = rows.subspan(1))
      own.push_back(rows.front() - first);
    if (!own.empty()) {
      auto items = lines_[s].read(own, (*indexes_)[s]);
      std::ranges::move(items, std::back_inserter(out));
    }
    first += shard.rows;
  }
  return out;
}

std::vector<VectorItem> ShardSet::items(std::span<const int64_t> rows) const {
  const auto repeats_of = [&](int64_t stored) {
    return std::ranges::equal_range(repeats_, stored, {}, &std::pair<int64_t, int64_t>::first);
  };
  std::vector<int64_t> wanted;  // stored rows: those of the items, and those that repeat them
  for (const int64_t row : rows) {
    const int64_t stored = numbers_.stored(row);
    wanted.push_back(stored);
    for (const auto& [first, repeated] : repeats_of(stored)) wanted.push_back(repeated);
  }
  std::ranges::sort(wanted);
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  const std::vector<VectorItem> read = read_stored(wanted);
  const auto item_at = [&](int64_t stored) -> const VectorItem& {
    return read[static_cast<size_t>(std::ranges::lower_bound(wanted, stored) - wanted.begin())];
  };
  std::vector<VectorItem> out;
  for (const int64_t row : rows) {
    const int64_t stored = numbers_.stored(row);
    VectorItem item = item_at(stored);
    for (const auto& [first, repeated] : repeats_of(stored)) {
      append_captions(item.captions, std::vector(item_at(repeated).captions),
                      manifest_.max_captions);
    }
    out.push_back(std::move(item));
  }
  return out;
}

}  // namespace sightline::vectors
