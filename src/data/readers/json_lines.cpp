#include "data/readers/json_lines.h"

#include "base/json.h"
#include "base/text.h"
#include "data/readers/json_cells.h"
#include "data/readers/line_reader.h"
#include "data/records.h"

namespace sightline {
namespace {

class JsonLines : public RecordReader {
 public:
  explicit JsonLines(const std::filesystem::path& file) : lines_(file, kMaxRecordBytes) {}

  bool next(Record& record) override {
    std::string text;
    do {
      if (!lines_.next(text)) return false;
    } while (is_blank(text) && !lines_.too_long());
    record = {};
    record.line = lines_.number();
    if (lines_.too_long()) {
      record.problem = "the line is longer than " + std::to_string(kMaxRecordBytes) + " bytes";
      return true;
    }
    const JsonParse parsed = try_parse_json(text);
    if (!parsed.problem.empty()) {
      record.problem = "the line " + parsed.problem;
    } else if (!parsed.value.is_object()) {
      record.problem = "the line is not a JSON object";
    } else {
      for (const auto& [key, item] : parsed.value.items()) record.cells.emplace(key, to_cell(item));
    }
    return true;
  }

 private:
  LineReader lines_;
};

}  // namespace

std::unique_ptr<RecordReader> open_json_lines(const std::filesystem::path& file) {
  return std::make_unique<JsonLines>(file);
}

}  // namespace sightline
