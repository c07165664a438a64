// Readers for metadata files (JSON lines, CSV), one record at a time. Memory: one record and a
// small buffer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

struct Cell {
  // scalar: a number or boolean. list: a list of strings. integers: a list of integers, not empty.
  // other: an object, or any other list.
  enum class Kind { null, text, scalar, list, integers, other };
  Kind kind = Kind::null;
  std::string text;               // of text and scalar cells: "abc", "1.5", "true"
  std::vector<std::string> list;  // of lists of strings and integers
};

// Whether the cell is a list of class labels, by name or by number.
inline bool has_labels(const Cell& cell) {
  return cell.kind == Cell::Kind::list || cell.kind == Cell::Kind::integers;
}

struct Record {
  int64_t line = 0;  // line in the file where the record begins, from 1
  std::map<std::string, Cell> cells;
  std::optional<std::string> problem;  // why the record could not be read; `cells` is then empty
};

class RecordReader {
 public:
  virtual ~RecordReader() = default;
  // Reads the next record; returns false at the end of the file. An invalid record is returned with
  // `problem` set. Throws Error: io.
  virtual bool next(Record& record) = 0;
  // Returns the columns that a header declares; empty in a file without header.
  virtual std::vector<std::string> columns() const { return {}; }
};

// Opens a .csv file as CSV, a .parquet file as Parquet and any other file as JSON lines. Throws
// unsupported (Parquet in a build without Arrow), io.
std::unique_ptr<RecordReader> open_records(const std::filesystem::path& file);

// A longer record is an invalid record. In CSV the rest of the file may then be lost, because a
// quoted field may still be open.
inline constexpr int64_t kMaxRecordBytes = 16 << 20;

}  // namespace sightline
