// Reads the tensors of a model from one or more weights files.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "weights/weights_file.h"

namespace sightline {

// File names of weights in a directory, in search order: the first that exists is used. A name that
// ends in ".index.json" is a shard index.
using WeightNames = std::vector<std::string>;

// Returns the file names that transformers' save_pretrained writes.
const WeightNames& huggingface_weight_names();

// One or more weights files (docs/formats/checkpoints.md), combined into one map of tensors. The
// names are those of the model: without the prefixes of PyTorch's wrappers (wrapper_names.h).
class Checkpoint {
 public:
  // Opens a single file, or a directory that contains one of `names`.
  // Throws Error: not_found (no weights file in the directory), invalid_data, unsupported.
  explicit Checkpoint(const std::filesystem::path& path,
                      const WeightNames& names = huggingface_weight_names());

  // Combines open files; `path` is for messages. Throws invalid_data for a name in two of them.
  Checkpoint(const std::filesystem::path& path, std::vector<std::shared_ptr<WeightsFile>> files);

  // Returns whether the directory contains one of `names`.
  static bool has_weights(const std::filesystem::path& directory, const WeightNames& names);

  // Keeps only the tensors whose names begin with `prefix`, and removes it from their names.
  void select_prefix(const std::string& prefix);

  const std::map<std::string, const TensorEntry*>& entries() const { return entries_; }
  // Returns null if there is no tensor of this name.
  const TensorEntry* find(const std::string& name) const;

  // Returns the tensor as host f32, converted from any float type. A large f32 tensor is used in
  // place in the mapped file and must not be written to; its pages are released with it. The pages
  // of a converted tensor are released at once. Throws invalid_data if the tensor is missing, has
  // another shape or is not a readable type; the message names the tensor, expected and found. NaN
  // and infinity are found by scan_checkpoint().
  Tensor load(const std::string& name, const Shape& expected) const;

  // As load(), but returns only rows begin to begin + count of the first axis. The checks apply to
  // the whole tensor, whose shape is `expected`.
  Tensor load_rows(const std::string& name, const Shape& expected, int64_t begin,
                   int64_t count) const;

  // Performs the checks of load() without reading any elements.
  const TensorEntry& check(const std::string& name, const Shape& expected) const;

  // Returns the mapped files in the order in which they were opened. They are owned by this object.
  std::vector<const MappedFile*> files() const;

  // The file, if the checkpoint is one; its format may have more than tensors. Else null.
  const WeightsFile* only_file() const;

  // The path that was opened, for messages.
  std::string where() const { return path_.string(); }

 private:
  void add_file(std::shared_ptr<WeightsFile> file);
  void add_shards(const std::filesystem::path& index);
  void check_index(const std::filesystem::path& index_path,
                   const std::map<std::string, std::string>& map) const;
  void remove_wrappers();
  // Replaces every name by rename(name); tensors with an empty name are removed.
  template <typename Rename>
  void rename(const Rename& rename);
  Tensor convert(const TensorEntry& entry, const std::string& name) const;
  std::string why_missing(const std::string& name) const;

  std::filesystem::path path_;
  std::vector<std::shared_ptr<WeightsFile>> files_;
  std::map<std::string, const TensorEntry*> entries_;
  std::map<std::string, size_t> file_of_;
  std::string prefix_;                // that select_prefix removed
  std::vector<std::string> outside_;  // names without it
};

}  // namespace sightline
