// NumPy's .npy files (format versions 1 and 2, read 3 too): one array a file, little endian, row
// after row. Source: numpy/lib/format.py.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace sightline {

enum class NpyType { u8, i32, f32 };  // '|u1', '<i4', '<f4'

struct NpyArray {
  NpyType type = NpyType::f32;
  std::vector<int64_t> shape;  // empty: one number
  std::vector<uint8_t> bytes;  // the elements, C order

  int64_t count() const;  // elements
  // The elements as numbers. Throws invalid_data where the array is of another type.
  std::span<const uint8_t> u8() const;
  std::span<const int32_t> i32() const;
  std::span<const float> f32() const;
};

// Writes an array atomically: a reader of `path` sees the old file or the whole new one. Throws
// invalid_argument where shape and number of values disagree, io.
void write_npy(const std::filesystem::path& path, std::span<const uint8_t> values,
               std::span<const int64_t> shape);
void write_npy(const std::filesystem::path& path, std::span<const int32_t> values,
               std::span<const int64_t> shape);
void write_npy(const std::filesystem::path& path, std::span<const float> values,
               std::span<const int64_t> shape);

// Reads a file of at most max_bytes. Throws not_found, io, limit_exceeded, invalid_data (not .npy,
// a header that does not parse, a size that does not fit the shape) and unsupported (another
// element type, big endian, Fortran order).
NpyArray read_npy(const std::filesystem::path& path, int64_t max_bytes = 16LL << 30);

// An (N, dim) float32 array whose N is known only at the end. Rows go to a temporary file beside
// `path`; close() writes N into the header and moves the file to its name. An object that dies
// before close() leaves nothing behind.
class NpyRowWriter {
 public:
  NpyRowWriter(const std::filesystem::path& path, int64_t dim);  // throws invalid_argument, io
  ~NpyRowWriter();
  NpyRowWriter(const NpyRowWriter&) = delete;
  NpyRowWriter& operator=(const NpyRowWriter&) = delete;

  // Appends whole rows: values.size() is a multiple of dim, else invalid_argument. Throws io.
  void append(std::span<const float> values);
  // Call once, after the last row. Throws io.
  void close();
  int64_t rows() const { return rows_; }

 private:
  void write_all(const void* data, size_t size, int64_t offset);

  std::filesystem::path path_;    // as given, for messages
  std::filesystem::path target_;  // write_target(path_)
  std::filesystem::path temporary_;
  int64_t dim_;
  int64_t rows_ = 0;
  int64_t offset_ = 0;  // where the next byte goes
  int fd_ = -1;
};

}  // namespace sightline
