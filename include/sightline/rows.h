// RowReader: reads images and captions row by row from data sets, splits, files or folders.
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

// A row that was skipped, and the reason.
struct SkippedRow {
  std::string id;
  std::string reason;
  std::string dataset = {};  // name of its data set if several are read together
};

// A data set and the splits to read.
struct DatasetInput {
  std::filesystem::path path;
  DatasetOptions options;           // `split` is used only if `splits` is empty
  std::vector<std::string> splits;  // read one after the other; empty: all rows
};

// Returns the whole data set of which `input` may read some splits only.
DatasetInput with_all_splits(DatasetInput input);

// A forward-only reader with bounded memory. Not thread-safe.
class RowReader {
 public:
  using Next = std::function<std::optional<Row>()>;

  // Reads a data set. Row::split is the element of input.splits being read, or the row's column
  // "split" if `splits` is empty. Throws what open_dataset throws; invalid_argument for an empty or
  // repeated split.
  explicit RowReader(const DatasetInput& input);

  // Reads image files, and the images of folders in path order. A row's id is the file's path: of a
  // single folder, relative to it, as when the folder is opened as a data set, else `paths[i]` with
  // the path in it. Bytes that are not UTF-8 are written \xHH. Files are read one at a time.
  // `folders` does not apply to `paths` themselves. A path that does not exist is a
  // row with an error. Throws not_found if it is the only one; invalid_argument for a malformed
  // pattern.
  static RowReader of_files(std::span<const std::filesystem::path> paths,
                            const FolderOptions& folders = {});

  // Reads the rows that `next` returns; it returns nothing at the end. `size` -1: unknown.
  RowReader(Next next, int64_t size, std::string format);

  // Returns the next row, or nothing at the end. Throws not_found if a requested split has no row;
  // what Dataset::next throws.
  std::optional<Row> next();

  // Reads ahead until `images` rows without an error, or `rows` rows in total, are buffered, and
  // returns the buffered rows. next() still returns them. The reference is valid until the next
  // call.
  const std::deque<Row>& peek(size_t images, size_t rows);

  int64_t size() const { return size_; }                 // rows of all splits; -1: unknown
  const std::string& format() const { return format_; }  // Dataset::format(), or "files"
  // Whether rows that repeat an image are further captions of it: true for a data set with captions
  // whose format does not identify images itself (DatasetOptions::merge_repeated_images).
  bool merges_repeats() const { return merges_repeats_; }
  int64_t max_captions() const { return max_captions_; }  // per image; 0: all
  // The files of of_files; empty for other readers.
  const std::vector<std::filesystem::path>& files() const { return files_; }
  // One sentence for each folder without images.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  Next next_;
  int64_t size_ = -1;
  std::string format_;
  bool merges_repeats_ = false;
  int64_t max_captions_ = 0;
  std::deque<Row> peeked_;
  std::vector<std::filesystem::path> files_;
  std::vector<std::string> warnings_;
};

}  // namespace sightline
