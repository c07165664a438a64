// Writes .npy files row by row.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace sightline {

class TemporaryPath;

// Writes an (N, dim) f32 array whose N is not known in advance. Rows go to a temporary file in the
// folder of `path`; close() writes N into the header and renames the file to `path`. If close() is
// not called, the destructor removes the temporary file. Temporary files of killed processes are
// removed. Not thread-safe.
class NpyRowWriter {
 public:
  NpyRowWriter(const std::filesystem::path& path, int64_t dim);  // throws invalid_argument, io
  ~NpyRowWriter();
  NpyRowWriter(const NpyRowWriter&) = delete;
  NpyRowWriter& operator=(const NpyRowWriter&) = delete;

  // Appends rows. Throws invalid_argument if values.size() is not a multiple of dim; io.
  void append(std::span<const float> values);
  // Call once, after the last row. Throws io.
  void close();
  int64_t rows() const { return rows_; }

 private:
  void write_all(const void* data, size_t size, int64_t offset);

  std::filesystem::path path_;                // as given, for messages
  std::unique_ptr<TemporaryPath> temporary_;  // null after close()
  int64_t dim_;
  int64_t rows_ = 0;
  int64_t offset_ = 0;  // file offset of the next row
};

}  // namespace sightline
