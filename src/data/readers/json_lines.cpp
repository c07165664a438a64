#include "data/readers/json_lines.h"

#include <nlohmann/json.hpp>

#include "data/readers/byte_stream.h"
#include "data/readers/csv.h"
#include "data/readers/json_cells.h"
#include "data/records.h"

namespace sightline {

using nlohmann::json;

namespace {

class JsonLines : public RecordReader {
 public:
  explicit JsonLines(const std::filesystem::path& file) : stream_(file) {
    stream_.skip_byte_order_mark();
  }

  bool next(Record& record) override {
    std::string text;
    while (true) {
      record = {};
      bool too_long = false;
      if (!read_line(text, too_long)) return false;
      record.line = ++line_;
      if (too_long) {
        record.problem = "the line is longer than " + std::to_string(kMaxRecordBytes) + " bytes";
        return true;
      }
      if (text.find_first_not_of(" \t\r") != std::string::npos) break;
    }
    const json value = json::parse(text, nullptr, false);
    if (!value.is_object()) {
      record.problem =
          value.is_discarded() ? "the line is not valid JSON" : "the line is not a JSON object";
      return true;
    }
    for (const auto& [key, item] : value.items()) record.cells.emplace(key, to_cell(item));
    return true;
  }

 private:
  // Reads a line without its line end; skips what exceeds the limit.
  bool read_line(std::string& text, bool& too_long) {
    text.clear();
    int c = stream_.get();
    if (c == ByteStream::kEnd) return false;
    for (; c != ByteStream::kEnd && c != '\n'; c = stream_.get()) {
      too_long = too_long || static_cast<int64_t>(text.size()) == kMaxRecordBytes;
      if (!too_long) text.push_back(static_cast<char>(c));
    }
    return true;
  }

  ByteStream stream_;
  int64_t line_ = 0;
};

}  // namespace

std::unique_ptr<RecordReader> open_json_lines(const std::filesystem::path& file) {
  return std::make_unique<JsonLines>(file);
}

}  // namespace sightline
