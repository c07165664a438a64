#include "data/readers/json_table.h"

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/text.h"
#include "data/readers/json_cells.h"
#include "data/readers/json_lines.h"
#include "data/readers/json_stream.h"
#include "data/readers/text_stream.h"
#include "image/extensions.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using RecordFn = std::function<bool(Record&)>;

constexpr size_t kMaxSniffedLine = 1 << 16;

// Returns the next line that is not blank, truncated to kMaxSniffedLine bytes; "" at the end.
std::string first_line(TextStream& stream) {
  std::string line;
  for (int c = stream.get(); c != TextStream::kEnd && line.size() < kMaxSniffedLine;
       c = stream.get()) {
    if (c != '\n' && c != '\r')
      line.push_back(static_cast<char>(c));
    else if (!is_blank(line))
      break;
  }
  return is_blank(line) ? std::string() : line;
}

bool maps_images(const json& object) {
  return !object.empty() && image::has_image_extension(object.begin().key());
}

void add_members(const json& object, Record& record) {
  for (const auto& [key, item] : object.items()) record.cells.emplace(key, to_cell(item));
}

void read_list(const fs::path& file, const RecordFn& visit) {
  read_json_pieces(file, [&](const JsonPiece& piece, const json& value) {
    Record record;
    record.line = piece.index + 1;
    if (value.is_object())
      add_members(value, record);
    else
      record.problem = "expected a JSON object, found " + shown(value);
    return visit(record);
  });
}

void read_dictionary(const fs::path& file, const RecordFn& visit) {
  int64_t number = 0;
  read_json_pieces(file, [&](const JsonPiece& piece, const json& value) {
    Record record;
    record.line = ++number;
    record.cells.emplace(kDictionaryImage, to_cell(piece.key));
    if (value.is_object())
      add_members(value, record);
    else
      record.cells.emplace(kDictionaryCaption, to_cell(value));
    return visit(record);
  });
}

}  // namespace

JsonTable json_table_kind(const fs::path& file) {
  TextStream stream(file);
  const std::string line = first_line(stream);
  if (trimmed(line).starts_with('[')) return JsonTable::list;
  const JsonParse parsed = try_parse_json(line);
  if (parsed.problem.empty() && parsed.value.is_object()) {
    if (!first_line(stream).empty()) return JsonTable::lines;
    return maps_images(parsed.value) ? JsonTable::dictionary : JsonTable::object;
  }
  return file.extension() == ".json" ? JsonTable::dictionary : JsonTable::lines;
}

void read_json_table(const fs::path& file, const RecordFn& visit) {
  const JsonTable kind = json_table_kind(file);
  if (kind == JsonTable::list) return read_list(file, visit);
  if (kind == JsonTable::dictionary) return read_dictionary(file, visit);
  const auto reader = open_json_lines(file);
  for (Record record; reader->next(record);) {
    if (!visit(record)) return;
  }
}

}  // namespace sightline
