#include "data/readers/csv.h"

#include <set>

#include "data/readers/byte_stream.h"
#include "data/records.h"

namespace sightline {
namespace {

class Csv : public RecordReader {
 public:
  Csv(const std::filesystem::path& file, char separator) : stream_(file), separator_(separator) {
    stream_.skip_byte_order_mark();
    std::string problem;
    if (!read_fields(header_, problem) || !problem.empty()) {
      throw Error(ErrorCode::invalid_data, "'", file.string(), "' has no CSV header line",
                  (problem.empty() ? "" : ": " + problem));
    }
    std::set<std::string> names;
    for (const auto& name : header_) {
      if (!names.insert(name).second) {
        throw Error(ErrorCode::invalid_data, "'", file.string(), "': the column '", name,
                    "' appears twice");
      }
    }
  }

  bool next(Record& record) override {
    record = {};
    std::vector<std::string> fields;
    std::string problem;
    if (!read_fields(fields, problem)) return false;
    record.line = first_line_;
    if (problem.empty() && fields.size() != header_.size()) {
      problem = "expected " + std::to_string(header_.size()) + " fields as in the header, found " +
                std::to_string(fields.size());
    }
    if (!problem.empty()) {
      record.problem = problem;
      return true;
    }
    for (size_t i = 0; i < fields.size(); ++i) {
      Cell& cell = record.cells[header_[i]];
      cell.kind = Cell::Kind::text;
      cell.text = std::move(fields[i]);
    }
    return true;
  }

 private:
  // Reads one record, skipping empty lines. Returns false at the end of the file.
  bool read_fields(std::vector<std::string>& fields, std::string& problem) {
    do {
      fields.clear();
      if (stream_.peek() == ByteStream::kEnd) return false;
      first_line_ = ++line_;
      size_ = 0;
      while (read_field(fields.emplace_back(), problem)) {
      }
    } while (problem.empty() && fields.size() == 1 && fields[0].empty());
    return true;
  }

  // Reads one field and its terminator. Returns whether another field of the record follows.
  bool read_field(std::string& field, std::string& problem) {
    const bool quoted = stream_.peek() == '"';
    if (quoted) {
      stream_.get();
      if (!read_quoted(field, problem)) return false;
    }
    for (int c = stream_.get();; c = stream_.get()) {
      if (c == separator_) return true;
      if (c == '\r' && stream_.peek() == '\n') continue;
      if (c == '\n' || c == ByteStream::kEnd) return false;
      if (quoted) problem = "text follows the closing quote of a field";
      keep(field, c, problem);
    }
  }

  // Reads through the closing quote. Returns false if the file ends before it.
  bool read_quoted(std::string& field, std::string& problem) {
    while (true) {
      const int c = stream_.get();
      if (c == ByteStream::kEnd) {
        problem = "the file ends inside a quoted field";
        return false;
      }
      if (c == '"') {
        if (stream_.peek() != '"') return true;
        stream_.get();
      }
      if (c == '\n') ++line_;
      keep(field, c, problem);
    }
  }

  void keep(std::string& field, int c, std::string& problem) {
    if (++size_ > kMaxRecordBytes) {
      problem = "the record is longer than " + std::to_string(kMaxRecordBytes) + " bytes";
    } else {
      field.push_back(static_cast<char>(c));
    }
  }

  ByteStream stream_;
  char separator_;
  std::vector<std::string> header_;
  int64_t line_ = 0, first_line_ = 0;
  int64_t size_ = 0;  // bytes of the current record so far
};

}  // namespace

std::unique_ptr<RecordReader> open_csv(const std::filesystem::path& file, char separator) {
  return std::make_unique<Csv>(file, separator);
}

}  // namespace sightline
