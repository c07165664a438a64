// Reads GGUF files, the format of ggml's programs (clip.cpp, llama.cpp), through a memory mapping.
// Source: ggml-org/ggml docs/gguf.md; ggml/src/gguf.cpp (the checks).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "weights/weights_file.h"

namespace sightline {

// An array of numbers in the mapped file, of one of the format's types.
struct GgufNumbers {
  uint32_t type = 0;
  uint64_t count = 0;
  std::span<const uint8_t> bytes;
};

// Integers of all widths are int64_t (an unsigned one beyond it is an error). Strings point into
// the mapped file.
using GgufValue = std::variant<int64_t, double, bool, std::string_view, GgufNumbers,
                               std::vector<std::string_view>>;

// The key-value pairs of a file, with checked access. Errors name the file and the key.
class GgufMetadata {
 public:
  explicit GgufMetadata(std::string where) : where_(std::move(where)) {}

  // Returns false if the key is already there.
  bool add(std::string_view key, GgufValue value) {
    return values_.emplace(key, std::move(value)).second;
  }
  bool contains(std::string_view key) const { return values_.find(key) != values_.end(); }

  // Return `absent` if there is no such key. Throw invalid_data for a value of another type, and
  // size() for one outside least to most.
  std::string_view text(std::string_view key, std::string_view absent = {}) const;
  bool flag(std::string_view key, bool absent) const;
  int64_t size(std::string_view key, int64_t absent, int64_t least, int64_t most) const;
  // Return nothing if there is no such key.
  std::vector<float> floats(std::string_view key) const;
  std::vector<std::string_view> texts(std::string_view key) const;

  // Require the key. Throw invalid_data.
  int64_t size(std::string_view key, int64_t least, int64_t most) const;
  double number(std::string_view key) const;

  // Throws invalid_data: "FILE: 'KEY' is …, expected …".
  [[noreturn]] void fail(std::string_view key, const std::string& expected) const;

 private:
  const GgufValue* find(std::string_view key) const;

  std::string where_;
  std::map<std::string, GgufValue, std::less<>> values_;
};

// A GGUF file of version 2 or 3, little-endian. The constructor checks it completely: counts and
// lengths against the bytes left, unique keys and names, types, sizes without overflow, and that
// the tensors follow each other, aligned, inside the file. Even a malicious file never causes a
// read outside its bytes. Immutable; may be read from several threads.
class GgufFile : public WeightsFile {
 public:
  // Throws Error: not_found, io, invalid_data; limit_exceeded (keys, tensors, strings); unsupported
  // (another version or byte order, a tensor of a type that is not read).
  explicit GgufFile(const std::filesystem::path& path);

  // Shapes are those of PyTorch: the first axis changes slowest.
  const std::map<std::string, TensorEntry>& entries() const override { return entries_; }
  const MappedFile& file() const override { return file_; }
  const GgufMetadata& metadata() const { return metadata_; }

 private:
  MappedFile file_;
  GgufMetadata metadata_;
  std::map<std::string, TensorEntry> entries_;
};

}  // namespace sightline
