// The files of one vector set while they are written.
#pragma once

#include <sightline/vectors.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/npy_rows.h"
#include "vectors/description.h"

namespace sightline::vectors {

// Writes NAME.npy, NAME.ids.jsonl and NAME.meta.json, as VectorSetWriter describes it.
class SetFiles {
 public:
  // description.provenance, dim and shard.input are given; the rest is filled in. Throws
  // invalid_argument, io.
  SetFiles(const std::filesystem::path& npy, Description description);

  // `image`: identifies the row's image in a shard (item_line); may be empty.
  void add(std::span<const float> vector, const VectorItem& item, const std::string& image = "");
  void add_captions(int64_t row, std::span<const std::string> captions);
  int64_t rows() const { return rows_.rows(); }
  Description& description() { return description_; }
  void close();

 private:
  std::filesystem::path npy_;
  Description description_;
  NpyRowWriter rows_;
  Sha256 elements_;                                            // of a shard
  std::string lines_;                                          // of NAME.ids.jsonl
  std::map<int64_t, std::vector<std::string>> more_captions_;  // by row
};

}  // namespace sightline::vectors
