#include "report/tables/csv.h"

#include <charconv>
#include <cmath>

#include "base/utf8.h"

namespace sightline {
namespace {

std::string valid_utf8(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const Utf8Sequence next = read_utf8(text, at);
    append_utf8(next.code_point, out);
    at += next.bytes;
  }
  return out;
}

std::string csv_field(const std::string& text) {
  const std::string valid = valid_utf8(text);
  if (valid.find_first_of(",\"\r\n") == valid.npos) return valid;
  std::string quoted = "\"";
  for (const char c : valid) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

void append_line(const std::vector<std::string>& fields, std::string& out) {
  for (size_t i = 0; i < fields.size(); ++i) out += (i > 0 ? "," : "") + csv_field(fields[i]);
  out += "\r\n";
}

std::vector<std::string> fields_of(const std::vector<TableCell>& row) {
  std::vector<std::string> fields;
  for (const TableCell& cell : row)
    fields.insert(fields.end(), cell.fields.begin(), cell.fields.end());
  return fields;
}

}  // namespace

std::string full_precision(double value) {
  if (!std::isfinite(value)) return "";
  char buffer[64];
  if (value == 0) value = 0;  // no "-0"
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, end.ptr};
}

std::vector<std::string> bound_fields(const std::optional<Interval>& interval) {
  if (!interval) return {"", ""};
  return {full_precision(interval->low), full_precision(interval->high)};
}

std::vector<std::string> interval_fields(double value, const std::optional<Interval>& interval) {
  std::vector<std::string> fields = bound_fields(interval);
  fields.insert(fields.begin(), full_precision(value));
  return fields;
}

std::string csv_text(const Table& table) {
  std::vector<std::string> header;
  for (const TableColumn& column : table.columns)
    header.insert(header.end(), column.names.begin(), column.names.end());
  std::string out;
  append_line(header, out);
  for (const auto& row : table.rows) append_line(fields_of(row), out);
  for (const auto& row : table.reference) append_line(fields_of(row), out);
  return out;
}

}  // namespace sightline
