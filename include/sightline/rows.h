// One reader of images and captions, row by row: of data sets, of their splits, of files and
// folders.
#pragma once

#include <sightline/dataset.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// A row that was left out, and why.
struct SkippedRow {
  std::string id;
  std::string reason;
};

// A data set and the splits to read.
struct DatasetInput {
  std::filesystem::path path;
  DatasetOptions options;           // its `split` is set from `splits`
  std::vector<std::string> splits;  // empty: every row; several: one after the other
};

// A forward reader with bounded memory. For one thread at a time.
class RowReader {
 public:
  using Next = std::function<std::optional<Row>()>;

  // Rows of a data set; Row::split is the split that was asked for, else the row's own column
  // "split". Throws what open_dataset throws; invalid_argument for an empty or repeated split.
  explicit RowReader(const DatasetInput& input);

  // Image files, and folders of them in path order. A row's id is the file's path. Files are opened
  // when they are read. Throws not_found where a path does not exist.
  static RowReader of_files(std::span<const std::filesystem::path> paths);

  // Rows that `next` returns, nothing at the end. size -1: unknown.
  RowReader(Next next, int64_t size, std::string format);

  // The next row, or nothing at the end. Throws not_found where a split that was asked for has no
  // row; what Dataset::next throws.
  std::optional<Row> next();

  // Reads ahead until `images` rows without an error are there, or `rows` rows. next() still
  // returns all of them. The reference is valid until the next call.
  const std::deque<Row>& peek(size_t images, size_t rows);

  int64_t size() const { return size_; }                 // of all splits; -1: unknown
  const std::string& format() const { return format_; }  // Dataset::format(), "files"
  const std::vector<std::filesystem::path>& files() const { return files_; }  // of of_files
  const std::vector<std::string>& warnings() const { return warnings_; }  // a folder without images

 private:
  Next next_;
  int64_t size_ = -1;
  std::string format_;
  std::deque<Row> peeked_;
  std::vector<std::filesystem::path> files_;
  std::vector<std::string> warnings_;
};

}  // namespace sightline
