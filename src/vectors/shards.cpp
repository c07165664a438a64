#include <sightline/error.h>
#include <sightline/shards.h>

#include <charconv>
#include <cstdio>

#include "base/hash.h"
#include "data/columns/add_file.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxShards = 99999;  // five digits in names

std::optional<int64_t> parse_number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

ShardNumber parse_shard(std::string_view text) {
  const size_t slash = text.find('/');
  const auto index = parse_number(text.substr(0, slash));
  const auto count = slash == text.npos
                         ? std::nullopt
                         : parse_number(text.substr(std::min(slash + 1, text.size())));
  if (!index || !count || *index < 0 || *index >= *count || *count > kMaxShards) {
    throw Error(ErrorCode::invalid_argument, "'", text,
                "' is not a shard I/N; expected I from 0 to N-1 and N up to ", kMaxShards,
                ", such as 0/16");
  }
  return {*index, *count};
}

std::string shard_name(ShardNumber shard) {
  return message("shard ", shard.index, " of ", shard.count);
}

fs::path shard_path(const fs::path& npy, ShardNumber shard) {
  char suffix[48];
  std::snprintf(suffix, sizeof suffix, ".%05lld-of-%05lld.npy", static_cast<long long>(shard.index),
                static_cast<long long>(shard.count));
  fs::path path = npy;
  return path.replace_extension() += suffix;
}

RowRange shard_range(ShardNumber shard, int64_t rows) {
  // index * rows / count without its overflow.
  const auto begin = [&](int64_t index) {
    return rows / shard.count * index + rows % shard.count * index / shard.count;
  };
  return {begin(shard.index), begin(shard.index + 1) - begin(shard.index)};
}

ShardInput shard_input(ShardNumber shard, const RowList& rows) {
  return {shard, rows.rows(), rows.digest(), rows.merges_repeats(), rows.max_captions()};
}

ShardInput shard_input(ShardNumber shard, std::span<const std::string> texts) {
  Sha256 hash;
  add_text(hash, "texts");
  for (const std::string& text : texts) add_text(hash, text);
  return {shard, static_cast<int64_t>(texts.size()), to_hex(hash.digest()), false, 0};
}

bool is_shard_manifest(const fs::path& path) {
  return path.filename().native().ends_with(".shards.json");
}

}  // namespace sightline
