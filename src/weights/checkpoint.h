// The tensors of a model directory, wherever its files keep them.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/hash.h"
#include "weights/safetensors.h"

namespace sightline {

// model.safetensors, or model.safetensors.index.json with its shards, seen as one map of tensors.
class Checkpoint {
 public:
  // Throws Error: not_found (no weights file in the directory), invalid_data.
  explicit Checkpoint(const std::filesystem::path& directory);

  const std::map<std::string, const SafetensorsEntry*>& entries() const { return entries_; }

  // The tensor as host f32, whatever float type the file has; its pages of the file are released.
  // Throws invalid_data (no such name, another shape, or not a float type): the message names the
  // tensor, with expected and found.
  Tensor load(const std::string& name, const Shape& expected) const;

  // The checks of load() alone: nothing is read.
  const SafetensorsEntry& check(const std::string& name, const Shape& expected) const;

  // SHA-256 over all files' bytes (hashed in parallel blocks), releasing their pages.
  Digest digest() const;

  std::string where() const { return directory_.string(); }

 private:
  void add_file(const std::filesystem::path& path);
  void check_index(const std::filesystem::path& index_path, const std::map<std::string, std::string>& map) const;

  std::filesystem::path directory_;
  std::vector<SafetensorsFile> files_;
  std::map<std::string, const SafetensorsEntry*> entries_;
  std::map<std::string, size_t> file_of_;
};

}  // namespace sightline
