#include <sightline/error.h>
#include <sightline/search.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "base/text_encoding.h"
#include "index/npy_vectors.h"
#include "vectors/description.h"
#include "vectors/unit_rows.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxTextBytes = 256 << 20;

// Vectors as they were read: name and elements.
using Named = std::vector<std::pair<std::string, std::vector<float>>>;

// FILE or FILE#ROW. A file whose name has a '#' is found first.
struct Source {
  fs::path file;
  std::optional<int64_t> row;
};

Source parse_source(const std::string& text) {
  std::error_code error;
  const size_t mark = text.rfind('#');
  if (mark == std::string::npos || fs::exists(text, error)) return {text, std::nullopt};
  const char* begin = text.data() + mark + 1;
  const char* end = text.data() + text.size();
  int64_t row = 0;
  const auto [rest, problem] = std::from_chars(begin, end, row);
  if (problem != std::errc() || rest != end || row < 0) {
    throw Error(ErrorCode::invalid_argument, "'", printable(text),
                "': expected FILE or FILE#ROW, a row number from 0");
  }
  return {text.substr(0, mark), row};
}

float to_element(double value, const std::string& name) {
  const auto element = static_cast<float>(value);
  if (std::isfinite(element)) return element;
  throw Error(ErrorCode::invalid_argument, "the query vector '", name,
              "' has a NaN, an infinity or a number beyond the range of float32");
}

std::vector<float> parse_list(const nlohmann::json& list, const std::string& name) {
  std::vector<float> vector;
  for (const nlohmann::json& value : list) {
    if (!value.is_number()) {
      throw Error(ErrorCode::invalid_data, "the query vector '", name,
                  "': expected a list of numbers, found ", shown(value));
    }
    vector.push_back(to_element(value.get<double>(), name));
  }
  return vector;
}

// A list of numbers, or a list of such lists.
std::vector<std::vector<float>> parse_lists(std::string_view text, const std::string& name) {
  const nlohmann::json json = parse_json(text, name);
  if (!json.is_array() || json.empty()) {
    throw Error(ErrorCode::invalid_data, "the query vector '", name,
                "': expected a list of numbers, found ", shown(json));
  }
  if (!json[0].is_array()) return {parse_list(json, name)};
  std::vector<std::vector<float>> vectors;
  for (const nlohmann::json& list : json) {
    if (!list.is_array()) {
      throw Error(ErrorCode::invalid_data, "the query vectors '", name,
                  "': expected a list of lists of numbers, found ", shown(list));
    }
    vectors.push_back(parse_list(list, name));
  }
  return vectors;
}

// Numbers separated by white space or commas.
std::vector<float> parse_numbers(std::string_view line, const std::string& name) {
  std::vector<float> vector;
  constexpr std::string_view kSeparators = " \t\r,;";
  for (size_t at = line.find_first_not_of(kSeparators); at != std::string_view::npos;) {
    const size_t end = std::min(line.find_first_of(kSeparators, at), line.size());
    const std::string_view word = line.substr(at, end - at);
    const std::string_view digits = word.substr(word.starts_with('+') ? 1 : 0);
    double value = 0;
    const auto [rest, problem] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (problem == std::errc::invalid_argument || rest != digits.data() + digits.size()) {
      throw Error(ErrorCode::invalid_data, "the query vector '", name,
                  "': expected a number, found '", printable(word, 40), "'");
    }
    // from_chars does not tell a number that is too large from one that is too small.
    if (problem == std::errc::result_out_of_range)
      value = std::strtod(std::string(digits).c_str(), nullptr);
    vector.push_back(to_element(value, name));
    at = line.find_first_not_of(kSeparators, end);
  }
  return vector;
}

Named number_names(std::vector<std::vector<float>>&& vectors, const std::string& name) {
  Named named;
  for (size_t i = 0; i < vectors.size(); ++i) {
    named.emplace_back(vectors.size() == 1 ? name : message(name, "#", i), std::move(vectors[i]));
  }
  return named;
}

Named parse_text(std::string_view bytes, const std::string& name) {
  const std::string text = decode_text(bytes, name);
  std::vector<std::string> lines;
  for (std::string& line : split_lines(text)) {
    if (!is_blank(line)) lines.push_back(std::move(line));
  }
  if (lines.empty()) {
    throw Error(ErrorCode::invalid_data, "the query vector '", name, "' is empty");
  }
  std::vector<std::vector<float>> vectors;
  const bool json = trimmed(lines[0]).starts_with('[');
  // A JSON text of several lines, or one list on each line.
  if (json && !trimmed(lines[0]).ends_with(']')) return number_names(parse_lists(text, name), name);
  for (const std::string& line : lines) {
    if (!json) {
      vectors.push_back(parse_numbers(line, name));
      continue;
    }
    for (std::vector<float>& vector : parse_lists(line, name)) vectors.push_back(std::move(vector));
  }
  return number_names(std::move(vectors), name);
}

bool is_npy(std::string_view bytes) {
  return bytes.starts_with("\x93NUMPY");
}

// Rows of an array, or the given one. `where` begins messages.
Named array_rows(const Matrix& rows, std::optional<int64_t> row, const std::string& name,
                 const std::string& where) {
  if (row && *row >= rows.rows) {
    throw Error(ErrorCode::invalid_argument, where, " has no row ", *row, ", only ",
                counted(rows.rows, "row"));
  }
  VectorIndex::view(rows, where);  // rejects NaN and infinity and names the row
  const int64_t begin = row.value_or(0);
  const int64_t end = row ? begin + 1 : rows.rows;
  Named named;
  for (int64_t i = begin; i < end; ++i) {
    const auto values = rows.row(i);
    named.emplace_back(rows.rows == 1 ? name : message(name, "#", i),
                       std::vector<float>(values.begin(), values.end()));
  }
  return named;
}

Named read_array(const Source& source) {
  const index::NpyVectors file(source.file, index::VectorShape::rows_or_one);
  return array_rows(file.read(), source.row, source.file.string(), quoted(source.file));
}

Named parse_array(std::string_view bytes, const std::string& name) {
  const index::VectorArray array({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()},
                                 name, index::VectorShape::rows_or_one);
  Matrix rows(array.rows(), array.dim());
  array.read(rows.values);
  return array_rows(rows, std::nullopt, name, name);
}

bool is_array(const fs::path& file) {
  if (lower(file.extension().string()) == ".npy") return true;
  const MappedFile mapped(file);
  return is_npy({reinterpret_cast<const char*>(mapped.bytes().data()), mapped.bytes().size()});
}

std::vector<Query> unit_queries(Named&& named) {
  std::vector<Query> queries;
  for (auto& [name, vector] : named) {
    if (vector.empty() || !vectors::scale_to_unit(vector)) {
      throw Error(ErrorCode::invalid_argument, "the query vector '", name,
                  "' is zero or empty: it has no direction");
    }
    queries.push_back(vector_query(name, std::move(vector)));
  }
  return queries;
}

// Throws if the two are known to be of different models; warns if that is unknown.
void check_same_model(const std::string& name, const std::optional<VectorProvenance>& query,
                      const Collection& collection, std::vector<std::string>& warnings) {
  const auto& provenance = collection.provenance();
  std::error_code error;
  if (fs::equivalent(name, collection.path(), error)) return;  // vectors of the collection itself
  if (query && provenance) {
    ModelInfo model;
    model.name = query->model;
    model.fingerprint = query->fingerprint;
    require_model(*provenance, model, quoted(collection.path()));
    return;
  }
  warnings.push_back("it cannot be verified that one model made the vectors of '" + name +
                     "' and of " + quoted(collection.path()));
}

}  // namespace

std::vector<Query> read_vector_queries(const std::string& source, const Collection& collection,
                                       std::vector<std::string>& warnings) {
  const Source parsed = parse_source(source);
  std::optional<VectorProvenance> provenance;
  Named named;
  if (is_array(parsed.file)) {
    named = read_array(parsed);
    if (auto description = vectors::read_description(parsed.file))
      provenance = std::move(description->provenance);
  } else {
    named = parse_text(read_text_file(parsed.file, kMaxTextBytes), parsed.file.string());
    if (parsed.row) {
      const auto row = static_cast<size_t>(*parsed.row);
      if (row >= named.size()) {
        throw Error(ErrorCode::invalid_argument, quoted(parsed.file), " has no row ", *parsed.row,
                    ", only ", counted(static_cast<int64_t>(named.size()), "row"));
      }
      named = {std::move(named[row])};
    }
  }
  check_same_model(parsed.file.string(), provenance, collection, warnings);
  return unit_queries(std::move(named));
}

std::vector<Query> parse_vector_queries(std::string_view bytes, const std::string& name,
                                        const Collection& collection,
                                        std::vector<std::string>& warnings) {
  check_same_model(name, std::nullopt, collection, warnings);
  return unit_queries(is_npy(bytes) ? parse_array(bytes, name) : parse_text(bytes, name));
}

}  // namespace sightline
