// RowList: the rows of an input in reading order, of which any range can be read.
#pragma once

#include <sightline/dataset.h>
#include <sightline/rows.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// Rows first to first + rows - 1.
struct RowRange {
  int64_t first = 0, rows = 0;
  bool operator==(const RowRange&) const = default;
};

// Counts the rows of a data set, files or folders, and reads ranges of them. Reading two adjacent
// ranges gives the rows that RowReader returns for both. Thread-safe.
class RowList {
 public:
  // Counts the rows without reading images: from the metadata; of plain folders by listing them; of
  // Parquet and Arrow files by their footers; of archives by the headers of all entries. With a
  // split, the column "split" is read, and archives are read as a whole. Throws what RowReader's
  // constructor and reading throw.
  static RowList of_dataset(const DatasetInput& input);
  // Lists files and the images of folders, as RowReader::of_files does. Throws what that throws.
  static RowList of_files(std::span<const std::filesystem::path> paths,
                          const FolderOptions& folders = {});

  int64_t rows() const;
  // Identifies the rows and their order, 64 hexadecimal digits: SHA-256 of the ids of files, of
  // metadata and small files, and of name, size and both ends of large files. The bytes of images
  // in files of their own are not read, and where the input is makes no difference.
  const std::string& digest() const;
  // As RowReader has them for the whole input.
  bool merges_repeats() const;
  int64_t max_captions() const;
  const std::vector<std::filesystem::path>& files() const;
  const std::vector<std::string>& warnings() const;

  // Returns a reader of a range, which passes over the rows before it as the constructor counts
  // them. It does not merge rows that repeat an image. Must not outlive files that are removed.
  // Throws invalid_argument for a range beyond rows(), and what reading throws.
  RowReader read(RowRange range) const;

 private:
  struct Impl;
  explicit RowList(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

}  // namespace sightline
