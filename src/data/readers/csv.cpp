#include "data/readers/csv.h"

#include <sightline/error.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "data/readers/text_stream.h"
#include "data/records.h"

namespace sightline {
namespace {

class Csv : public RecordReader {
 public:
  Csv(const std::filesystem::path& file, char separator) : stream_(file), separator_(separator) {
    std::string problem;
    if (!read_fields(columns_, problem) || !problem.empty()) {
      throw Error(ErrorCode::invalid_data, "'", file.string(), "' has no CSV header line",
                  (problem.empty() ? "" : ": " + problem));
    }
    clean_header();
  }

  bool next(Record& record) override {
    record = {};
    std::vector<std::string> fields;
    std::string problem;
    if (!read_fields(fields, problem)) return false;
    record.line = first_line_;
    // Spreadsheets write empty fields after the last column.
    while (fields.size() > columns_.size() && is_blank(fields.back())) fields.pop_back();
    if (problem.empty() && fields.size() > columns_.size()) {
      problem =
          message("expected ", columns_.size(), " fields as in the header, found ", fields.size(),
                  "; put a field that contains ", separator_name(), " in double quotes");
    }
    if (!problem.empty()) {
      record.problem = problem;
      return true;
    }
    for (size_t i = 0; i < fields.size(); ++i) {
      Cell& cell = record.cells[columns_[i]];
      cell.kind = Cell::Kind::text;
      cell.text = std::move(fields[i]);
    }
    return true;
  }

  std::vector<std::string> columns() const override { return columns_; }

 private:
  // A space after a separator in the header means that separators are followed by spaces.
  void clean_header() {
    std::set<std::string> names;
    for (std::string& name : columns_) {
      skip_spaces_ = skip_spaces_ || (&name != &columns_.front() && name.starts_with(' '));
      name = trimmed(name, " \t");
      std::string unique = name;
      for (int i = 1; !names.insert(unique).second; ++i) unique = message(name, ".", i);
      name = unique;
    }
  }

  std::string separator_name() const {
    return separator_ == '\t' ? "a tab" : message("'", separator_, "'");
  }

  // Reads one record, skipping blank lines. Returns false at the end of the file.
  bool read_fields(std::vector<std::string>& fields, std::string& problem) {
    do {
      fields.clear();
      if (stream_.peek() == TextStream::kEnd) return false;
      first_line_ = stream_.line();
      size_ = 0;
      while (read_field(fields.emplace_back(), problem)) {
      }
    } while (problem.empty() && fields.size() == 1 && is_blank(fields[0]));
    return true;
  }

  // Reads one field and its terminator. Returns whether another field of the record follows.
  bool read_field(std::string& field, std::string& problem) {
    while (skip_spaces_ && stream_.peek() == ' ') stream_.get();
    const bool quoted = stream_.peek() == '"';
    if (quoted) {
      stream_.get();
      if (!read_quoted(field, problem)) return false;
    }
    for (int c = stream_.get();; c = stream_.get()) {
      if (c == separator_) return true;
      if (c == '\r') {
        if (stream_.peek() == '\n') stream_.get();
        return false;
      }
      if (c == '\n' || c == TextStream::kEnd) return false;
      if (quoted) {
        if (c == ' ' && skip_spaces_) continue;
        problem = "text follows the closing quote of a field; write a quote that is text twice";
      }
      keep(field, c, problem);
    }
  }

  // Reads through the closing quote. Returns false if the file ends before it.
  bool read_quoted(std::string& field, std::string& problem) {
    while (true) {
      const int c = stream_.get();
      if (c == TextStream::kEnd) {
        problem = message("the file ends inside a quoted field, so lines ", first_line_, " to ",
                          stream_.line(), " cannot be read; close the field with a quote");
        return false;
      }
      if (c == '"') {
        if (stream_.peek() != '"') return true;
        stream_.get();
      }
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

  TextStream stream_;
  char separator_;
  std::vector<std::string> columns_;
  bool skip_spaces_ = false;  // after separators
  int64_t first_line_ = 0;    // of the current record
  int64_t size_ = 0;          // bytes of the current record so far
};

}  // namespace

std::unique_ptr<RecordReader> open_csv(const std::filesystem::path& file, char separator) {
  return std::make_unique<Csv>(file, separator);
}

}  // namespace sightline
