#include "data/readers/column_scan.h"

#include <sightline/error.h>

#include "data/readers/columns.h"

namespace sightline {
namespace {

constexpr size_t kMaxColumns = 1 << 16;

}  // namespace

void ColumnScan::add(const Record& record) {
  for (const auto& [name, cell] : record.cells) {
    Seen& seen = seen_[name];
    const bool list = cell.kind == Cell::Kind::list, text = cell.kind == Cell::Kind::text;
    seen.only_null = seen.only_null && cell.kind == Cell::Kind::null;
    seen.scalar = seen.scalar || text || cell.kind == Cell::Kind::scalar;
    if ((list || text) && seen.text == Cell::Kind::null) seen.text = cell.kind;
    any_text_ = any_text_ || ((list || text) && name != image_ && name != "split");
  }
  if (seen_.size() > kMaxColumns) {
    throw Error(ErrorCode::limit_exceeded, "the metadata's records have more than ", kMaxColumns,
                " different columns");
  }
}

DatasetColumns ColumnScan::columns(const DatasetOptions& options,
                                   const std::string& dataset) const {
  std::vector<std::string> all, texts, nulls;
  for (const auto& [name, seen] : seen_) {
    all.push_back(name);
    if (name == image_ || name == "split") continue;
    if (seen.text != Cell::Kind::null) texts.push_back(name);
    if (seen.only_null && name == options.text_column) texts.push_back(name);
    if (seen.only_null) nulls.push_back(name);
  }
  if (!seen_.empty() && !seen_.contains(image_)) {
    throw Error(options.image_column.empty() ? ErrorCode::invalid_data : ErrorCode::not_found,
                "'" + dataset + "' has no column '" + image_ + "'; found: " + join_names(all));
  }
  DatasetColumns columns;
  columns.image = image_;
  columns.text = choose_text_column(texts, options.text_column, dataset);
  if (texts.empty() && options.text_column.empty()) columns.text = usual_text_column(nulls);
  if (seen_.contains("split")) columns.split = "split";
  for (const auto& [name, seen] : seen_) {
    if (name == columns.text) columns.list_captions = seen.text == Cell::Kind::list;
    if (seen.scalar && name != columns.text && name != image_) columns.extra.push_back(name);
  }
  return columns;
}

}  // namespace sightline
