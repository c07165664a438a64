// Vector sets in shards: parts of an input are encoded apart, by processes that know nothing of
// each other, and merged without copying vectors (docs/formats/vectors.md, docs/scale_out.md).
#pragma once

#include <sightline/encode.h>
#include <sightline/model.h>
#include <sightline/progress.h>
#include <sightline/row_list.h>
#include <sightline/vectors.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

// Shard `index` of `count`, from 0.
struct ShardNumber {
  int64_t index = 0, count = 1;
  bool operator==(const ShardNumber&) const = default;
};

// Parses "3/16". Throws invalid_argument unless 0 <= index < count <= 99999.
ShardNumber parse_shard(std::string_view text);
// Returns "shard 3 of 16".
std::string shard_name(ShardNumber shard);
// Returns DIR/NAME.00003-of-00016.npy for DIR/NAME.npy.
std::filesystem::path shard_path(const std::filesystem::path& npy, ShardNumber shard);
// Returns the rows of a shard of `rows` rows. The shards' ranges are adjacent, and their lengths
// differ by at most 1.
RowRange shard_range(ShardNumber shard, int64_t rows);

// The part of an input that a shard holds.
struct ShardInput {
  ShardNumber shard;
  int64_t rows = 0;    // of the whole input
  std::string digest;  // RowList::digest(), or of all texts
  bool merges_repeats = false;
  int64_t max_captions = 0;  // per image; 0: all
};
ShardInput shard_input(ShardNumber shard, const RowList& rows);
ShardInput shard_input(ShardNumber shard, std::span<const std::string> texts);

// A shard whose files are complete.
struct FinishedShard {
  int64_t rows = 0;      // with a vector
  int64_t skipped = 0;   // without one
  int64_t repeated = 0;  // that repeat an image of the same shard
};

// Returns the shard in `npy` if it was made of this input, by this model, with these settings, and
// every byte of vectors and ids is as it was written. Returns nothing if there is none or if it is
// damaged, and appends a warning that says how. Throws invalid_argument for a shard, or another
// vector set, that was made otherwise.
std::optional<FinishedShard> find_finished_shard(const std::filesystem::path& npy,
                                                 const ShardInput& input,
                                                 const VectorProvenance& provenance,
                                                 std::vector<std::string>& warnings);

// Encode a shard and write it to `npy`, also without a row. Rows that repeat an image of the shard
// are its captions; those that repeat an image of another shard are found by merge_shards. The
// files appear when they are complete. Throw what encode_rows, encode_text_rows and VectorSetWriter
// throw.
//   write_image_shard  the rows of shard_range(input.shard, rows.rows())
//   write_text_shard   `texts`: all texts of the input; ids as of write_text_vectors
WrittenVectors write_image_shard(const RowList& rows, const ShardInput& input, const Model& model,
                                 const VectorProvenance& provenance, const EncodeOptions& options,
                                 const std::filesystem::path& npy);
WrittenVectors write_text_shard(std::span<const std::string> texts, const ShardInput& input,
                                const Model& model, const VectorProvenance& provenance,
                                const EncodeOptions& options, const std::filesystem::path& npy);

struct MergeOptions {
  bool verify = false;  // compare every byte of vectors and ids with its checksum
  ProgressFn progress;
};

struct MergedShards {
  int64_t shards = 0, rows = 0, dim = 0;
  int64_t repeated = 0;  // rows left out because an earlier shard has their image
  int64_t skipped = 0;   // rows of the input without a vector
  VectorProvenance provenance;
};

// Writes NAME.shards.json, which VectorSet::open reads as one set: that of the whole input. The
// shards, in any order, are referred to by their paths relative to it. Throws invalid_argument
// unless these are all shards of one input, each once, by one model with the same settings;
// invalid_data for a shard that is incomplete or, with options.verify, damaged; not_found, io.
MergedShards merge_shards(std::span<const std::filesystem::path> shards,
                          const std::filesystem::path& manifest, const MergeOptions& options = {});

// Whether a path has the name of a manifest, *.shards.json.
bool is_shard_manifest(const std::filesystem::path& path);
// Returns the paths of the shards of a manifest, in row order. Throws what reading it throws.
std::vector<std::filesystem::path> shards_of(const std::filesystem::path& manifest);

}  // namespace sightline
