// Reads safetensors files through a memory mapping, and writes them.
// Source: https://github.com/huggingface/safetensors (format section of its README).
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "weights/weights_file.h"

namespace sightline {

// A safetensors file. The constructor checks the whole header: length, JSON, UTF-8, unique names,
// sizes without overflow, offsets inside the file, no overlaps and no gaps. Even a malicious file
// never causes a read outside its bytes. Immutable; may be read from several threads.
class SafetensorsFile : public WeightsFile {
 public:
  // Throws Error: not_found, io, invalid_data (the message names the file and the tensor).
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

// Writes a file atomically. f32 tensors are stored as `storage` says unless full_precision is set;
// i32 tensors are stored as I32. Tensors keep the given order, except that those with four bytes
// per element come first, so that every tensor is aligned. The metadata is {"format": "pt"}, which
// transformers requires. Throws Error: io, invalid_argument (a duplicate name).
void write_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                       FloatStorage storage);

// A tensor in any type of the format, contiguous; `bytes` outlive the call that writes it.
struct StoredTensor {
  std::string name, dtype;
  Shape shape;
  std::span<const uint8_t> bytes;
};

// Writes a file atomically. Tensors with larger elements come first, so that all are aligned.
// Throws Error: io, invalid_argument (a duplicate name).
void write_safetensors(const std::filesystem::path& path, std::span<const StoredTensor> tensors);

}  // namespace sightline
