#include "vectors/item_line.h"

#include <sightline/error.h>

#include <nlohmann/json.hpp>

#include "base/json.h"

namespace sightline::vectors {
namespace {

using nlohmann::json;

bool has_string(const json& line, const char* key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_string();
}

bool is_string_array(const json& value) {
  if (!value.is_array()) return false;
  for (const json& element : value) {
    if (!element.is_string()) return false;
  }
  return true;
}

bool is_string_object(const json& value) {
  if (!value.is_object()) return false;
  for (const json& element : value) {
    if (!element.is_string()) return false;
  }
  return true;
}

}  // namespace

std::string vector_checksum(std::span<const float> vector) {
  return to_hex(sha256({reinterpret_cast<const uint8_t*>(vector.data()), vector.size_bytes()}))
      .substr(0, 16);
}

std::string image_key(const Digest& digest) {
  return to_hex(digest).substr(0, 32);
}

std::pair<Digest, std::string> parse_image_key(std::string_view text, const std::string& where,
                                               int64_t row) {
  const json line = parse_json(text, where);
  const std::string key = has_string(line, "image") ? line["image"].get<std::string>() : "";
  const bool hex = key.size() == 32 && key.find_first_not_of("0123456789abcdef") == key.npos;
  if (!hex || line.value("row", json()) != row) {
    throw Error(ErrorCode::invalid_data, where, ": expected the line of row ", row,
                " with 'image', 32 hexadecimal digits, found ", shown(line));
  }
  Digest digest{};
  for (size_t i = 0; i < key.size() / 2; ++i)
    digest[i] = static_cast<uint8_t>(std::stoi(key.substr(2 * i, 2), nullptr, 16));
  const json fields = line.value("fields", json::object());
  return {digest, has_string(fields, "split") ? fields["split"].get<std::string>() : ""};
}

std::string item_line(const VectorItem& item, VectorKind kind, int64_t row,
                      std::span<const float> vector, const std::string& image) {
  json line = {{"row", row}, {"id", item.id}, {"checksum", vector_checksum(vector)}};
  if (kind == VectorKind::texts && item.captions.size() == 1) {
    line["text"] = item.captions[0];
  } else if (!item.captions.empty()) {
    line["captions"] = item.captions;
  }
  if (!item.fields.empty()) line["fields"] = item.fields;
  if (!image.empty()) line["image"] = image;
  return json_text(line) + "\n";
}

std::string with_captions(const std::string& lines,
                          const std::map<int64_t, std::vector<std::string>>& more) {
  std::string out;
  size_t begin = 0;
  int64_t row = 0;
  for (const auto& [wanted, captions] : more) {
    const size_t copied = begin;
    for (; row < wanted; ++row) begin = lines.find('\n', begin) + 1;
    out.append(lines, copied, begin - copied);
    const size_t end = lines.find('\n', begin);
    json line = json::parse(lines.substr(begin, end - begin));
    for (const std::string& caption : captions) line["captions"].push_back(caption);
    out += json_text(line) + "\n";
    begin = end + 1;
    ++row;
  }
  return out.append(lines, begin);
}

VectorItem parse_item_line(std::string_view text, const std::string& where, int64_t row,
                           std::span<const float> vector) {
  const json line = parse_json(text, where);
  const auto fail = [&](const std::string& expected, const char* advice = "") {
    throw Error(ErrorCode::invalid_data, where, ": expected ", expected, ", found ", shown(line),
                advice);
  };
  if (!line.is_object() || line.value("row", json()) != row || !has_string(line, "id")) {
    fail(message("the id of row ", row));
  }
  if (line.contains("text") && !has_string(line, "text")) fail("'text' to be a string");
  if (line.contains("captions") && !is_string_array(line["captions"])) {
    fail("'captions' to be a list of strings");
  }
  if (line.contains("fields") && !is_string_object(line["fields"])) {
    fail("'fields' to be an object of strings");
  }
  if (line.contains("checksum") && line["checksum"] != vector_checksum(vector)) {
    fail(message("the checksum of the vector in row ", row, ", ", vector_checksum(vector)),
         ": the two files are of different runs, encode again");
  }
  VectorItem item;
  item.id = line["id"];
  if (line.contains("text")) item.captions.push_back(line["text"]);
  if (line.contains("captions")) {
    for (const json& caption : line["captions"]) item.captions.push_back(caption);
  }
  if (line.contains("fields")) line["fields"].get_to(item.fields);
  return item;
}

}  // namespace sightline::vectors
