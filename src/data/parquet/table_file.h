// An open file with a table: Parquet or Arrow IPC.
#pragma once

#include <arrow/api.h>
#include <sightline/dataset.h>
#include <sightline/error.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/parquet/limited_pool.h"

namespace sightline {

// Converts Arrow's exceptions and statuses to Error. A file consists of groups of rows, which are
// read in record batches.
class TableFile {
 public:
  using Batches = std::unique_ptr<arrow::RecordBatchReader>;

  virtual ~TableFile() = default;
  const std::filesystem::path& path() const { return path_; }
  const arrow::Schema& schema() const { return *schema_; }

  // Returns the number of rows; -1 if the file is damaged and they cannot be counted.
  virtual int64_t rows() = 0;
  virtual int groups() const = 0;
  // Returns the number of rows of a group; -1 if unknown.
  virtual int64_t rows_in(int group) = 0;
  // Opens the named columns of a group. The batches must not outlive the file. Throws invalid_data,
  // limit_exceeded, io.
  virtual Batches open_group(int group, const std::vector<std::string>& names) = 0;

  // Returns the next batch, checked; null at the end of the group. Throws as open_group().
  std::shared_ptr<arrow::RecordBatch> next_batch(arrow::RecordBatchReader& batches) const {
    std::shared_ptr<arrow::RecordBatch> batch;
    guarded([&] {
      check(batches.ReadNext(&batch));
      if (batch) check(validate(*batch));
    });
    return batch;
  }

 protected:
  TableFile(const std::filesystem::path& path, const char* format)
      : path_(path), format_(format), pool_(memory_limit(path)) {}

  virtual arrow::Status validate(const arrow::RecordBatch& batch) const = 0;

  void check(const arrow::Status& status) const {
    if (status.ok()) return;
    const ErrorCode code = status.IsIOError()       ? ErrorCode::io
                           : status.IsOutOfMemory() ? ErrorCode::limit_exceeded
                                                    : ErrorCode::invalid_data;
    fail(code, status.message());
  }

  template <typename Work>
  void guarded(const Work& work) const {
    try {
      work();
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      fail(ErrorCode::invalid_data, error.what());
    }
  }

  arrow::MemoryPool* pool() { return &pool_; }

  std::shared_ptr<arrow::Schema> schema_;

 private:
  [[noreturn]] void fail(ErrorCode code, const std::string& reason) const {
    throw Error(code, "'", path_.string(), "' is not readable as ", format_, ": ", reason);
  }

  // Arrow may allocate 256 MiB for a file plus 16 bytes per byte of the file. Images are compressed
  // already; only text expands to more when it is decompressed, and text is small.
  static int64_t memory_limit(const std::filesystem::path& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    const uintmax_t counted = error ? 0 : std::min<uintmax_t>(size, 1LL << 48);
    return (256LL << 20) + 16 * static_cast<int64_t>(counted);
  }

  std::filesystem::path path_;
  const char* format_;
  LimitedPool pool_;  // declared before everything that allocates from it
};

}  // namespace sightline
