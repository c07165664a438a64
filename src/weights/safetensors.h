// The safetensors format, read from a mapped file and written.
// Source: https://github.com/huggingface/safetensors (format section of its README).
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "weights/weights_file.h"

namespace sightline {

// A safetensors file, checked whole when opened: header length, JSON, UTF-8, names given once,
// sizes without overflow, offsets inside the file, no overlap and no hole. Whatever a hostile file
// says, nothing outside its bytes is ever read. Immutable; reading from many threads is safe.
class SafetensorsFile : public WeightsFile {
 public:
  // Throws Error: not_found, io, invalid_data (what is wrong, in which file, for which tensor).
  explicit SafetensorsFile(const std::filesystem::path& path);

  const std::map<std::string, TensorEntry>& entries() const override { return entries_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const MappedFile& file() const override { return file_; }

 private:
  MappedFile file_;
  std::map<std::string, TensorEntry> entries_;
  std::map<std::string, std::string> metadata_;
};

enum class FloatStorage { f32, f16 };

// Writes tensors (f32 as `storage` says; i32 as I32) atomically, in the given order, but those of
// four bytes an element first, so that each is aligned; with the metadata {"format": "pt"} that
// transformers asks for. Throws io, invalid_argument (name twice).
void write_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                       FloatStorage storage);

}  // namespace sightline
