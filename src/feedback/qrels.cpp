// Judgements as qrels of TREC.
#include <sightline/error.h>
#include <sightline/feedback.h>

#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "base/text.h"
#include "base/text_encoding.h"
#include "eval/trec_ids.h"
#include "search/filter/named_row.h"

namespace sightline {
namespace {

template <typename Number>
bool parse_number(std::string_view text, Number& value) {
  const auto [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() && rest == text.data() + text.size();
}

[[noreturn]] void fail(const char* what, size_t line, const std::string& problem) {
  throw Error(ErrorCode::invalid_data, what, ", line ", line, ": ", problem);
}

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return std::nullopt;
}

// Undoes trec_id. A '%' that begins no escape stays.
std::string unescaped(std::string_view id) {
  if (id == "%") return "";
  std::string out;
  for (size_t i = 0; i < id.size(); ++i) {
    if (id[i] == '%' && i + 2 < id.size()) {
      const auto high = hex_digit(id[i + 1]), low = hex_digit(id[i + 2]);
      if (high && low) {
        out += static_cast<char>(*high * 16 + *low);
        i += 2;
        continue;
      }
    }
    out += id[i];
  }
  return out;
}

std::map<std::string, std::string> parse_queries(const std::string& text) {
  std::map<std::string, std::string> out;
  const std::vector<std::string> lines = split_lines(decode_text(text, "the queries"));
  for (size_t i = 0; i < lines.size(); ++i) {
    if (is_blank(lines[i])) continue;
    const size_t tab = lines[i].find('\t');
    if (tab == std::string::npos || is_blank(lines[i].substr(tab)))
      fail("the queries", i + 1, "expected an id, a tab and a text");
    if (!out.emplace(lines[i].substr(0, tab), lines[i].substr(tab + 1)).second)
      fail("the queries", i + 1, "the id '" + printable(lines[i].substr(0, tab)) + "' is repeated");
  }
  return out;
}

struct Line {
  std::string query, item;
  int grade = 0;
};

Line parse_line(const std::string& text, size_t number) {
  std::istringstream words(text);
  std::string iteration, grade, rest;
  Line line;
  words >> line.query >> iteration >> line.item >> grade;
  if (words.fail() || words >> rest)
    fail("the qrels", number, "expected QUERY 0 ITEM GRADE, found '" + printable(text, 80) + "'");
  if (!parse_number(grade, line.grade))
    fail("the qrels", number, "expected a grade, found '" + printable(grade, 40) + "'");
  if (line.grade < 0) line.grade = 0;  // trec_eval: not relevant
  return line;
}

std::string_view last_component(std::string_view id) {
  return id.substr(id.rfind('/') + 1);
}

// Finds the images of items: all names in one pass over the collection, because finding a single
// one may read it all.
class Items {
 public:
  Items(const Collection& collection, const std::set<std::string>& ids) : collection_(collection) {
    for (const std::string& id : ids) {
      for (const std::string& name : {unescaped(id), id}) {
        if (is_blank(name) || id.starts_with('#')) continue;
        named_.try_emplace(name, name);
      }
    }
    for (auto& [name, row] : named_) by_end_[std::string(last_component(name))].push_back(&row);
    if (!named_.empty()) read();
  }

  std::optional<int64_t> find(const std::string& id) const {
    int64_t key = 0;
    if (id.starts_with('#') && parse_number(std::string_view(id).substr(1), key))
      return collection_.row_of_key(key) ? std::optional(key) : std::nullopt;
    for (const std::string& name : {unescaped(id), id}) {
      if (const auto row = row_of(name)) return collection_.keys({&*row, 1})[0];
    }
    return std::nullopt;
  }

 private:
  void read() {
    constexpr int64_t kPortion = 4096;
    const RowMask live = collection_.rows_matching({});
    std::vector<int64_t> rows;
    for (int64_t row = 0; row < live.rows(); ++row) {
      if (live.has(row)) rows.push_back(row);
      if (static_cast<int64_t>(rows.size()) < kPortion && row + 1 < live.rows()) continue;
      const std::vector<VectorItem> items = collection_.items(rows);
      for (size_t i = 0; i < rows.size(); ++i) {
        offer(rows[i], items[i].id, items[i].dataset);
        for (const std::string& copy : items[i].copies) offer(rows[i], copy, items[i].dataset);
      }
      rows.clear();
    }
  }

  void offer(int64_t row, const std::string& id, const std::string& dataset) {
    const auto found = by_end_.find(std::string(last_component(id)));
    if (found == by_end_.end()) return;
    const VectorItem item{.id = id, .captions = {}, .fields = {}, .dataset = dataset};
    for (filter::NamedRow* named : found->second) named->offer(row, item);
  }

  // An end that several ids share names none.
  std::optional<int64_t> row_of(const std::string& name) const {
    const auto found = named_.find(name);
    if (found == named_.end()) return std::nullopt;
    try {
      return found->second.row();
    } catch (const Error& error) {
      if (error.code() == ErrorCode::invalid_argument) return std::nullopt;
      throw;
    }
  }

  const Collection& collection_;
  std::map<std::string, filter::NamedRow> named_;
  std::map<std::string, std::vector<filter::NamedRow*>> by_end_;
};

}  // namespace

std::string qrels_text(std::span<const Judgement> judgements) {
  std::string out;
  for (const Judgement& one : judgements) {
    if (!one.grade) continue;
    const std::string item = one.item.empty() ? "#" + std::to_string(one.image) : trec_id(one.item);
    out += trec_id(one.query) + " 0 " + item + " " + std::to_string(*one.grade) + "\n";
  }
  return out;
}

std::string queries_text(std::span<const Judgement> judgements) {
  std::set<std::string> queries;
  for (const Judgement& one : judgements) queries.insert(one.query);
  std::string out;
  for (const std::string& query : queries) out += trec_id(query) + "\t" + query + "\n";
  return out;
}

QrelsImport import_qrels(Judgements& judgements, const Collection& collection,
                         const std::string& qrels, const std::string& queries,
                         const std::string& source) {
  const auto texts = parse_queries(queries);
  const std::vector<std::string> lines = split_lines(decode_text(qrels, "the qrels"));
  std::vector<Line> parsed;
  std::set<std::string> ids, unknown;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (is_blank(lines[i])) continue;
    parsed.push_back(parse_line(lines[i], i + 1));
    ids.insert(parsed.back().item);
    if (texts.empty() || texts.contains(parsed.back().query)) continue;
    fail("the qrels", i + 1, "the queries have no id '" + printable(parsed.back().query, 80) + "'");
  }
  const Items items(collection, ids);
  std::vector<Judgement> found;
  for (const Line& line : parsed) {
    const std::optional<int64_t> image = items.find(line.item);
    if (!image) {
      unknown.insert(line.item);
      continue;
    }
    found.push_back({.query = texts.empty() ? unescaped(line.query) : texts.at(line.query),
                     .image = *image,
                     .item = line.item.starts_with('#') ? "" : unescaped(line.item),
                     .grade = line.grade,
                     .source = source});
  }
  judgements.add(found);
  return {static_cast<int64_t>(found.size()), {unknown.begin(), unknown.end()}};
}

}  // namespace sightline
