// One sample of a shard, gathered entry by entry.
#pragma once

#include <sightline/dataset.h>

#include <set>
#include <string>

#include "data/readers/tar_shard.h"

namespace sightline {

struct EntryName {
  std::string key, ending;  // "a/b" and "seg.png" of "a/b.seg.PNG"
};
// Nothing for names that belong to no sample: without a dot, or with the last part beginning with
// one.
std::optional<EntryName> split_entry_name(const std::string& name);

class WebSample {
 public:
  WebSample(std::string key, const DatasetOptions& options)
      : key_(std::move(key)), options_(options) {}

  const std::string& key() const { return key_; }
  // Reads what the row needs of the entry that `shard` is at. A problem is kept for the row; a
  // damaged archive throws.
  void add(const std::string& ending, TarShard& shard);
  // `split`: where the sample does not name its own.
  Row finish(const std::string& split);

 private:
  void read_entry(const std::string& ending, TarShard& shard);
  void choose_captions(Row& row) const;

  std::string key_;
  const DatasetOptions& options_;
  std::set<std::string> endings_;
  int image_rank_ = -1;  // of the ending, 0 for the most wanted; -1: no image yet
  std::vector<uint8_t> image_;
  std::optional<std::string> txt_, json_, cls_;
  std::string problem_;
};

}  // namespace sightline
