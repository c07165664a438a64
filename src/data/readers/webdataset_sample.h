// Assembles one sample of a shard from its entries.
#pragma once

#include <sightline/dataset.h>

#include <map>
#include <optional>
#include <set>
#include <string>

#include "data/readers/tar_shard.h"

namespace sightline {

struct EntryName {
  std::string key, extension;  // "a/b" and "seg.png" of "a/b.seg.PNG"
};
// Returns nothing for names that belong to no sample: names without a dot, or whose last part
// begins with a dot.
std::optional<EntryName> split_entry_name(const std::string& name);

class WebSample {
 public:
  WebSample(std::string key, const DatasetOptions& options)
      : key_(std::move(key)), options_(options) {}

  const std::string& key() const { return key_; }
  // Reads the current entry of `shard` if the row needs it. A problem with the entry makes the row
  // broken; a damaged archive throws invalid_data.
  void add(const std::string& extension, TarShard& shard);
  // Returns the row, which is broken if the sample is. `split` applies if the sample does not name
  // one.
  Row finish(const std::string& split);
  // Returns the requested texts that the sample has; complete after finish().
  const std::set<std::string>& found_texts() const { return found_texts_; }

 private:
  void read_entry(const std::string& extension, TarShard& shard);
  std::string read_text(const std::string& extension, TarShard& shard);
  std::string image_problem() const;
  bool is_text(const std::string& extension) const;
  void choose_captions(Row& row);

  std::string key_;
  const DatasetOptions& options_;
  std::set<std::string> extensions_;
  int image_rank_ = -1;  // preference of the current image's extension, 0: first; -1: no image yet
  int numbered_images_ = 0;  // entries such as 0.jpg and 1.jpg
  std::vector<uint8_t> image_;
  std::map<std::string, std::string> texts_;  // caption entries by extension
  std::optional<std::string> json_, cls_;
  std::set<std::string> found_texts_;
  std::string problem_;
};

}  // namespace sightline
