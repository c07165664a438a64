// The tensors of a model, wherever its files keep them.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/hash.h"
#include "weights/weights_file.h"

namespace sightline {

// A checkpoint's files in a directory, in the order in which they are looked for: the first one
// that is there counts. A name that ends in ".index.json" is an index of shards.
using WeightNames = std::vector<std::string>;

// What transformers' save_pretrained writes.
const WeightNames& huggingface_weight_names();

// One or more files (docs/formats/checkpoints.md), seen as one map of tensors.
class Checkpoint {
 public:
  // A single file; or a directory with one of `names`.
  // Throws Error: not_found (no weights file in the directory), invalid_data, unsupported.
  explicit Checkpoint(const std::filesystem::path& path,
                      const WeightNames& names = huggingface_weight_names());

  // Whether a directory has one of these files.
  static bool has_weights(const std::filesystem::path& directory, const WeightNames& names);

  const std::map<std::string, const TensorEntry*>& entries() const { return entries_; }
  const TensorEntry* find(const std::string& name) const;

  // The tensor as host f32, whatever float type the file has. A large one that is f32 in the file
  // stays there, mapped, and must not be written to; pages of the file are released with it, else
  // at once. Throws invalid_data (no such name, another shape, or not a float type): the message
  // names the tensor, with expected and found.
  Tensor load(const std::string& name, const Shape& expected) const;

  // Rows begin to begin + count of the tensor's first axis, after the same checks of the whole.
  Tensor load_rows(const std::string& name, const Shape& expected, int64_t begin,
                   int64_t count) const;

  // The checks of load() alone: nothing is read.
  const TensorEntry& check(const std::string& name, const Shape& expected) const;

  // SHA-256 over all files' bytes (hashed in parallel blocks), releasing their pages.
  Digest digest() const;

  // The files themselves, in the order in which they were opened, as they were then.
  std::vector<const MappedFile*> files() const;

  std::string where() const { return path_.string(); }

 private:
  void add_file(const std::filesystem::path& path);
  void add_shards(const std::filesystem::path& index);
  void check_index(const std::filesystem::path& index_path,
                   const std::map<std::string, std::string>& map) const;
  Tensor convert(const TensorEntry& entry, const std::string& name) const;

  std::filesystem::path path_;
  std::vector<std::shared_ptr<WeightsFile>> files_;
  std::map<std::string, const TensorEntry*> entries_;
  std::map<std::string, size_t> file_of_;
};

}  // namespace sightline
