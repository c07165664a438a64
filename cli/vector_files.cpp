#include "vector_files.h"

#include <sightline/error.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/bytes.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFormat = "sightline-vectors";

bool has_string(const json& line, const char* key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_string();
}

// What a line says, where it is of this row and of this vector.
json parse_line(std::string_view text, const std::string& where, int64_t row,
                std::span<const float> vector) {
  json line = parse_json(text, where);
  const auto fail = [&](const std::string& expected, const std::string& advice = "") {
    throw Error(ErrorCode::invalid_data, where, ": expected ", expected, ", found ", shown(line),
                advice);
  };
  if (!line.is_object() || line.value("row", json()) != row || !has_string(line, "id")) {
    fail("the id of row " + std::to_string(row));
  }
  if (line.contains("text") && !has_string(line, "text")) fail("'text' to be a string");
  if (line.contains("check") && line["check"] != vector_check(vector)) {
    fail("the check of the vector in row " + std::to_string(row) + ", " + vector_check(vector),
         ": the two files are of different runs, encode again");
  }
  return line;
}

}  // namespace

std::string vector_check(std::span<const float> vector) {
  return to_hex(sha256(bytes_of(vector))).substr(0, 16);
}

fs::path ids_path(fs::path npy) {
  return npy.replace_extension(".ids.jsonl");
}
fs::path meta_path(fs::path npy) {
  return npy.replace_extension(".meta.json");
}

void write_origin(const fs::path& npy, const VectorOrigin& origin) {
  const Json meta = {{"format", kFormat},
                     {"version", 1},
                     {"model", {{"name", origin.model}, {"fingerprint", origin.fingerprint}}},
                     {"kind", origin.kind},
                     {"preprocessing", origin.preprocessing},
                     {"projection", origin.projection},
                     {"backend", backend_name(origin.computation.backend)},
                     {"device", device_name(origin.computation.device)},
                     {"precision", precision_name(origin.computation.precision)},
                     {"unit_length", origin.unit_length},
                     {"rows", origin.rows},
                     {"dim", origin.dim},
                     {"first_check", origin.first_check}};
  write_file_atomic(meta_path(npy), json_text(meta, 2) + "\n");
}

std::optional<VectorOrigin> read_origin(const fs::path& npy) {
  const fs::path path = meta_path(npy);
  std::error_code error;
  if (!fs::exists(path, error)) return std::nullopt;
  const json meta = parse_json(read_text_file(path, 1 << 20), path.string());
  try {
    if (meta.at("format") != kFormat || meta.at("version") != 1) {
      throw Error(ErrorCode::invalid_data, "'", path.string(),
                  "' does not describe vectors: expected format '", kFormat, "', version 1");
    }
    VectorOrigin origin;
    origin.model = meta.at("model").at("name");
    origin.fingerprint = meta.at("model").at("fingerprint");
    origin.kind = meta.at("kind");
    origin.preprocessing = meta.at("preprocessing");
    origin.projection = meta.at("projection");
    origin.computation = {parse_backend(meta.at("backend").get<std::string>()),
                          parse_device(meta.value("device", "cpu")),
                          parse_precision(meta.at("precision").get<std::string>())};
    origin.unit_length = meta.at("unit_length");
    origin.rows = meta.at("rows");
    origin.dim = meta.at("dim");
    origin.first_check = meta.value("first_check", "");
    return origin;
  } catch (const json::exception& problem) {
    throw Error(ErrorCode::invalid_data, "'", path.string(),
                "' does not describe vectors: ", problem.what());
  } catch (const Error& problem) {  // an unknown backend, device or precision
    throw Error(ErrorCode::invalid_data, "'", path.string(),
                "' does not describe vectors: ", problem.what());
  }
}

std::map<int64_t, json> read_id_lines(const fs::path& npy, const VectorIndex& index,
                                      const std::set<int64_t>& rows) {
  std::map<int64_t, json> out;
  if (rows.empty()) return out;
  const MappedFile file(ids_path(npy));
  const auto* at = reinterpret_cast<const char*>(file.bytes().data());
  const char* const end = at + file.bytes().size();
  const std::string where = "'" + file.path().string() + "'";
  auto wanted = rows.begin();
  for (int64_t row = 0; wanted != rows.end(); ++row) {
    if (at == end) {
      throw Error(ErrorCode::invalid_data, where, " has ", row, " lines, expected one for row ",
                  *rows.rbegin());
    }
    const auto* newline =
        static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
    const char* line_end = newline == nullptr ? end : newline;
    if (row == *wanted) {
      const std::string_view text(at, static_cast<size_t>(line_end - at));
      out.emplace(
          row, parse_line(text, where + ", line " + std::to_string(row + 1), row, index.row(row)));
      ++wanted;
    }
    at = newline == nullptr ? end : newline + 1;
  }
  return out;
}

}  // namespace sightline::cli
