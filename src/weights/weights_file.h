// One file of tensors, whatever its format.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "tensor/tensor.h"

namespace sightline {

// One tensor as its file describes it. Whoever makes one has checked that all elements lie inside
// `bytes` and that no two positions share an element (so that a small file cannot claim a huge
// tensor).
struct TensorEntry {
  std::string dtype;  // in safetensors' spelling: "F32", "F16", "BF16", "F64", "I64" …
  Shape shape;
  // From the first element to the last, of any alignment: in the mapped file, or in memory that the
  // file's object owns.
  std::span<const uint8_t> bytes;
  // Elements from one position to the next along each axis; empty: row-major without gaps.
  std::vector<int64_t> strides;
};

struct NamedTensor {
  std::string name;
  Tensor tensor;                // host f32 or i32
  bool full_precision = false;  // written as f32 whatever the rest of the file is
};

// Immutable; reading from many threads is safe.
class WeightsFile {
 public:
  virtual ~WeightsFile() = default;
  virtual const std::map<std::string, TensorEntry>& entries() const = 0;
  virtual const MappedFile& file() const = 0;
};

// Bytes an element takes, 0 for a type that there is not.
size_t element_size(const std::string& dtype);

// The tensor as host f32, for F32, F16, BF16 and F64 (rounded to the nearest f32).
Tensor to_host_f32(const TensorEntry& entry);

// Opens a file; the format is told from its first bytes, never from its name. Throws Error:
// not_found, io, invalid_data, unsupported.
std::unique_ptr<WeightsFile> open_weights_file(const std::filesystem::path& path);

}  // namespace sightline
