// Reads tables of images and captions: separated values, JSON lists, JSON lines.
#include "data/readers/table.h"

#include <sightline/error.h>

#include <algorithm>
#include <functional>
#include <set>
#include <unordered_map>

#include "base/text_encoding.h"
#include "data/columns/label_columns.h"
#include "data/columns/text_columns.h"
#include "data/readers/caption_files.h"
#include "data/readers/cell_captions.h"
#include "data/readers/columns.h"
#include "data/readers/csv.h"
#include "data/readers/image_column.h"
#include "data/readers/json_table.h"
#include "data/readers/line_reader.h"
#include "data/records.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kProbedRecords = 1000;

using RecordFn = std::function<bool(Record&)>;  // returns false to stop reading

// Detects the separator from the header line. The tab comes first, since column names do not
// contain tabs.
char separator_of(const fs::path& file) {
  std::string header;
  LineReader lines(file, kMaxRecordBytes);
  while (header.empty() && lines.next(header)) {
  }
  for (const char separator : {'\t', ',', ';', '|'}) {
    if (header.find(separator) != header.npos) return separator;
  }
  return ',';
}

void for_each_record(const fs::path& file, bool as_json, const RecordFn& visit) {
  if (as_json) return read_json_table(file, visit);
  const auto reader = open_csv(file, separator_of(file));
  for (Record record; reader->next(record);) {
    if (!visit(record)) return;
  }
}

struct Layout {
  std::string image;
  std::vector<std::string> texts;
};

class ColumnFinder {
 public:
  ColumnFinder(const fs::path& file, const DatasetOptions& options)
      : file_(file.string()), options_(options) {}

  Layout find(const std::set<std::string>& names) const {
    Layout layout;
    const std::vector<std::string> all(names.begin(), names.end());
    layout.image = choose_image_column(all, options_.image_column, file_);
    std::vector<std::string> candidates = all;
    std::erase(candidates, layout.image);
    std::erase(candidates, find_name(candidates, "split"));
    layout.texts = choose_text_columns(candidates, options_.text_columns, file_);
    return layout;
  }

 private:
  std::string file_;
  const DatasetOptions& options_;
};

class TableReader {
 public:
  TableReader(const fs::path& file, Layout layout)
      : name_(file.filename().string()), layout_(std::move(layout)) {}

  void add(const Record& record) {
    if (record.problem) return broken(record, *record.problem);
    const auto image = record.cells.find(layout_.image);
    if (image == record.cells.end() || image->second.kind != Cell::Kind::text ||
        image->second.text.empty()) {
      return broken(record, "the column '" + layout_.image + "' has no file name");
    }
    std::vector<std::string> captions;
    for (const auto& column : layout_.texts) {
      const auto cell = record.cells.find(column);
      if (cell != record.cells.end() &&
          !append_cell_captions(cell->second, CellTexts::separated_values, captions)) {
        return broken(
            record, "the column '" + column + "' contains neither a string nor a list of strings");
      }
    }
    const auto [row, fresh] = rows_.try_emplace(image->second.text, index_.size());
    if (fresh)
      index_.add_image(row->first, extra_of(record));
    else if (layout_.texts.empty())
      check_labels(record, row->second);
    for (const auto& caption : captions) {
      const std::string problem = text_problem(caption);
      if (problem.empty())
        index_.add_caption(row->second, caption);
      else
        broken(record, "a caption is not text: " + problem);
    }
  }

  CaptionIndex finish() { return std::move(index_); }

 private:
  void broken(const Record& record, const std::string& problem) {
    index_.add_broken(name_ + ":" + std::to_string(record.line), problem);
  }

  // Reports a line of a table without captions that gives an image another label than its first
  // line does.
  void check_labels(const Record& record, size_t row) {
    for (const auto& [column, text] : extra_of(record)) {
      if (is_label_column(column) && index_.extra(row, column) != text)
        broken(record, "the column '" + column + "' differs from the image's first line; write " +
                           "several labels as a list in one line: [\"cat\", \"dog\"]");
    }
  }

  std::map<std::string, std::string> extra_of(const Record& record) const {
    std::map<std::string, std::string> extra;
    for (const auto& [column, cell] : record.cells) {
      const bool text = cell.kind == Cell::Kind::text || cell.kind == Cell::Kind::scalar;
      if (has_labels(cell) && is_label_column(column))
        extra.insert_or_assign(column, label_list_text(cell.list));
      const bool taken =
          column == layout_.image ||
          std::find(layout_.texts.begin(), layout_.texts.end(), column) != layout_.texts.end();
      if (text && !taken)
        extra.insert_or_assign(lower(column) == "split" ? "split" : column, cell.text);
    }
    return extra;
  }

  std::string name_;
  Layout layout_;
  CaptionIndex index_;
  std::unordered_map<std::string, size_t> rows_;  // by image file name
};

}  // namespace

CaptionIndex read_table(const fs::path& file, bool as_json, const DatasetOptions& options,
                        TableColumns& columns) {
  std::set<std::string> names;
  if (!as_json) {
    for (const auto& name : open_csv(file, separator_of(file))->columns()) names.insert(name);
  }
  int64_t seen = 0;
  for_each_record(file, as_json, [&](const Record& record) {
    for (const auto& [name, cell] : record.cells) names.insert(name);
    return ++seen < kProbedRecords;
  });
  if (seen == 0) {
    throw Error(ErrorCode::invalid_data, "'", file.string(), "' has no rows");
  }
  const Layout layout = ColumnFinder(file, options).find(names);
  columns = {layout.image, layout.texts.empty() ? "" : join_names(layout.texts)};
  TableReader reader(file, layout);
  for_each_record(file, as_json, [&](const Record& record) {
    reader.add(record);
    return true;
  });
  return reader.finish();
}

}  // namespace sightline
