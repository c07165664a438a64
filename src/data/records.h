// Metadata files, one record at a time: JSON lines and CSV. Memory: one record and a small buffer.
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
  // scalar: a number, true or false; other: an object, or a list of something else
  enum class Kind { null, text, scalar, list, other };
  Kind kind = Kind::null;
  std::string text;               // of a text or a scalar: "1.5", "true"
  std::vector<std::string> list;  // of strings
};

struct Record {
  int64_t line = 0;  // where it begins, 1 for the first line of the file
  std::map<std::string, Cell> cells;
  std::optional<std::string> problem;  // why this record could not be read; cells is then empty
};

class RecordReader {
 public:
  virtual ~RecordReader() = default;
  // False at the end. Throws Error io; what is wrong with a record stands in the record.
  virtual bool next(Record& record) = 0;
};

// One JSON object a line; empty lines are passed over. Source: https://jsonlines.org
std::unique_ptr<RecordReader> open_json_lines(const std::filesystem::path& file);

// Separated values with a header line: quoted fields may hold separators, line ends and
// doubled quotes. Lines end in LF or CRLF; a UTF-8 byte order mark is passed over. Source: RFC
// 4180. Throws invalid_data where the header is missing or names a column twice.
std::unique_ptr<RecordReader> open_csv(const std::filesystem::path& file, char separator = ',');

// By the name's ending: .csv, otherwise JSON lines.
std::unique_ptr<RecordReader> open_records(const std::filesystem::path& file);

// A longer record is a problem of that record (and in CSV, where quotes may be open, of the rest).
inline constexpr int64_t kMaxRecordBytes = 16 << 20;

}  // namespace sightline
