// A file of tensors in any supported format.
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

// A tensor as described in its file. The reader that creates it must check that all elements are
// inside `bytes` and that no two positions share an element; otherwise a small file could claim a
// huge tensor.
struct TensorEntry {
  // Named as in safetensors: "F32", "F16", "BF16", "F64", "I64" …; or a type of quantized blocks
  // (ggml_types.h), whose tensors are contiguous and whose rows are whole blocks: "Q8_0".
  std::string dtype;
  Shape shape;
  // From the first element to the last, at any alignment. Points into the mapped file or into
  // memory that the WeightsFile owns.
  std::span<const uint8_t> bytes;
  // Distance between neighbours along each axis, in elements. Empty: contiguous, row-major.
  std::vector<int64_t> strides;
};

// Messages print the names of tensors; published ones have at most about 100 bytes.
inline constexpr size_t kLongestName = 1024;

// Times that tensors of a file may have its bytes; tied weights are two.
inline constexpr uint64_t kMaxOverlap = 16;

struct NamedTensor {
  std::string name;
  Tensor tensor;                // host f32 or i32
  bool full_precision = false;  // stored as f32 even in an f16 file
};

// Immutable; may be read from several threads.
class WeightsFile {
 public:
  virtual ~WeightsFile() = default;
  virtual const std::map<std::string, TensorEntry>& entries() const = 0;
  virtual const MappedFile& file() const = 0;
  // All mapped files, in a fixed order: file() and those that it refers to.
  virtual std::vector<const MappedFile*> files() const { return {&file()}; }
  // The one of files() that contains these bytes; null if they are in memory.
  const MappedFile* file_with(std::span<const uint8_t> bytes) const;
  // Returns what the file has under a name instead of a tensor ("a dictionary"), or "" if nothing.
  virtual std::string other_value(const std::string& name) const;
};

// Returns the size of an element in bits, or 0 for an unknown type.
size_t element_bits(const std::string& dtype);

// Returns the size of an element in bytes, or 0 for an unknown type or one of less than a byte.
size_t element_size(const std::string& dtype);

// Whether a type can be converted to f32: F32, F16, BF16 or F64.
bool is_float_type(const std::string& dtype);

// Whether to_host_f32 reads a type: is_float_type, or quantized blocks.
bool is_readable_type(const std::string& dtype);

// Returns the size of `elements` contiguous elements of a readable type in bytes.
size_t readable_bytes(const std::string& dtype, int64_t elements);

// Converts a tensor of a readable type to host f32. F64 is rounded to nearest.
Tensor to_host_f32(const TensorEntry& entry);

// Opens a file. The format is detected from its first bytes, not from its name. Throws Error:
// not_found, io, invalid_data, unsupported, limit_exceeded.
std::unique_ptr<WeightsFile> open_weights_file(const std::filesystem::path& path);

}  // namespace sightline
