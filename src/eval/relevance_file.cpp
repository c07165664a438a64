#include "eval/relevance_file.h"

#include <sightline/error.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "base/text_file.h"
#include "eval/trec_ids.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using Fields = std::vector<std::string>;

// Names of columns in tables and of members in JSON lines.
constexpr const char* kTextNames[] = {"text",       "text_id", "text_row", "caption",
                                      "caption_id", "query",   "query_id", "query-id"};
constexpr const char* kImageNames[] = {"image",     "image_id",  "image_row", "image_path",
                                       "candidate", "corpus-id", "corpus_id", "doc_id"};
constexpr const char* kScoreNames[] = {"relevance", "score", "rel", "label"};

[[noreturn]] void fail(const fs::path& file, int64_t line, const std::string& what) {
  throw Error(ErrorCode::invalid_data, quoted(file), ", line ", line, ": ", what);
}

// Splits a line of a table; fields may be quoted.
Fields split_fields(std::string_view line, char separator) {
  Fields fields(1);
  bool quotes = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quotes && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += line[++i];
    } else if (c == '"' && (quotes || fields.back().empty())) {
      quotes = !quotes;
    } else if (c == separator && !quotes) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

Fields split_words(std::string_view line) {
  Fields words;
  constexpr std::string_view kSpace = " \t\r";
  for (size_t at = line.find_first_not_of(kSpace); at != std::string_view::npos;) {
    const size_t end = std::min(line.find_first_of(kSpace, at), line.size());
    words.emplace_back(line.substr(at, end - at));
    at = line.find_first_not_of(kSpace, end);
  }
  return words;
}

std::optional<int64_t> whole_number(std::string_view text) {
  int64_t value = 0;
  const auto [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || rest != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_positive(const std::string& text, const fs::path& file, int64_t line) {
  double value = 0;
  const auto [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || rest != text.data() + text.size() || !std::isfinite(value))
    fail(file, line, "expected a relevance, found '" + printable(text, 40) + "'");
  return value > 0;
}

// The position of the first of `names` in a header, without regard to case.
template <size_t N>
std::optional<size_t> find_column(const Fields& header, const char* const (&names)[N]) {
  for (const char* name : names) {
    for (size_t i = 0; i < header.size(); ++i) {
      if (lower(trimmed(header[i])) == name) return i;
    }
  }
  return std::nullopt;
}

// The columns of a table; without a header text, image.
struct Columns {
  size_t text = 0, image = 1;
  std::optional<size_t> score;
  size_t count = 2;
};

template <size_t N>
std::optional<std::string> member(const nlohmann::json& object, const char* const (&names)[N]) {
  for (const char* name : names) {
    const auto found = object.find(name);
    if (found == object.end() || found->is_null() || found->is_structured()) continue;
    return found->is_string() ? found->get<std::string>() : found->dump();
  }
  return std::nullopt;
}

std::optional<RelevanceLine> parse_json_line(const std::string& text, const fs::path& file,
                                             int64_t line) {
  const nlohmann::json object = parse_json(text, message(quoted(file), ", line ", line));
  auto text_name = object.is_object() ? member(object, kTextNames) : std::nullopt;
  auto image = object.is_object() ? member(object, kImageNames) : std::nullopt;
  if (!text_name || !image)
    fail(file, line, "expected an object with \"text\" and \"image\", found " + shown(object));
  const auto score = member(object, kScoreNames);
  if (score && !is_positive(*score, file, line)) return std::nullopt;
  return RelevanceLine{std::move(*text_name), std::move(*image), line};
}

bool is_qrels(const Fields& words) {
  return words.size() == 4 && whole_number(words[3]).has_value();
}

}  // namespace

std::vector<RelevanceLine> read_relevance_file(const fs::path& file) {
  const std::vector<std::string> lines = read_text_lines(file).lines;
  const auto first = std::ranges::find_if_not(lines, is_blank);
  if (first == lines.end()) throw Error(ErrorCode::invalid_data, quoted(file), " is empty");
  if (trimmed(*first).starts_with('[')) {
    throw Error(ErrorCode::invalid_data, quoted(file),
                " is a JSON list, expected JSON lines: one object on each line");
  }
  const bool json = trimmed(*first).starts_with('{');
  const bool qrels = !json && is_qrels(split_words(*first));
  const char separator = first->find('\t') != std::string::npos  ? '\t'
                         : first->find(',') != std::string::npos ? ','
                                                                 : ' ';
  const auto fields_of = [&](const std::string& line) {
    return qrels || separator == ' ' ? split_words(line) : split_fields(line, separator);
  };
  Columns columns;
  if (qrels) columns = {0, 2, 3, 4};
  size_t at = static_cast<size_t>(first - lines.begin());
  if (!json && !qrels) {
    const Fields header = fields_of(*first);
    const auto text = find_column(header, kTextNames), image = find_column(header, kImageNames);
    if (text && image) {
      columns = {*text, *image, find_column(header, kScoreNames), header.size()};
      ++at;
    }
  }
  std::vector<RelevanceLine> out;
  for (; at < lines.size(); ++at) {
    if (is_blank(lines[at])) continue;
    const auto number = static_cast<int64_t>(at) + 1;
    if (json) {
      if (auto line = parse_json_line(lines[at], file, number)) out.push_back(std::move(*line));
      continue;
    }
    const Fields fields = fields_of(lines[at]);
    if (fields.size() != columns.count) {
      fail(file, number,
           message("expected ", columns.count,
                   " fields (a text and an image it belongs to, or the four of TREC qrels), found ",
                   fields.size()));
    }
    if (columns.score && !is_positive(fields[*columns.score], file, number)) continue;
    out.push_back({std::string(trimmed(fields[columns.text])),
                   std::string(trimmed(fields[columns.image])), number});
  }
  return out;
}

std::vector<int64_t> rows_of_names(std::span<const RelevanceLine> lines,
                                   std::string RelevanceLine::*column,
                                   std::span<const std::string> ids, int64_t rows,
                                   const std::string& what, const std::string& where,
                                   const fs::path& file) {
  constexpr int64_t kSeveral = -1;
  std::map<std::string, int64_t> row_of_id;
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto [at, inserted] = row_of_id.try_emplace(ids[i], static_cast<int64_t>(i));
    if (!inserted) at->second = kSeveral;
  }
  for (size_t i = 0; i < ids.size(); ++i)
    row_of_id.try_emplace(trec_id(ids[i]), static_cast<int64_t>(i));
  std::vector<int64_t> by_id, by_number;
  bool any_id = false;
  const RelevanceLine* unknown = nullptr;  // the first whose name is no id
  const RelevanceLine* beyond = nullptr;   // the first whose name is no row number
  for (const RelevanceLine& line : lines) {
    const std::string& name = line.*column;
    const auto found = row_of_id.find(name);
    const bool known = found != row_of_id.end() && found->second != kSeveral;
    any_id = any_id || found != row_of_id.end();
    if (!known && unknown == nullptr) unknown = &line;
    by_id.push_back(known ? found->second : 0);
    const std::optional<int64_t> number = whole_number(name);
    const bool inside = number && *number >= 0 && *number < rows;
    if (!inside && beyond == nullptr) beyond = &line;
    by_number.push_back(inside ? *number : 0);
  }
  if (unknown == nullptr) return by_id;
  // Names are row numbers only if none is an id: a wrong id must not turn the others into numbers.
  if (beyond == nullptr && !any_id) return by_number;
  const RelevanceLine& wrong = ids.empty() ? *beyond : *unknown;
  const std::string& name = wrong.*column;
  const bool several = row_of_id.contains(name);
  const std::string shown_name = what + " '" + printable(name, 80) + "' ";
  fail(file, wrong.line,
       several  ? shown_name + "is the id of several rows of " + where + "; use row numbers"
       : any_id ? shown_name + "is not an id of " + where + ", although other names are ids"
                : message(shown_name, "is ", ids.empty() ? "not" : "neither an id nor",
                          " a row number of ", where, " (0 to ", rows - 1, ")"));
}

}  // namespace sightline
