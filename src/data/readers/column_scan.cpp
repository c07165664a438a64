#include "data/readers/column_scan.h"

#include <sightline/error.h>

#include <set>

#include "data/columns/label_columns.h"
#include "data/columns/text_columns.h"
#include "data/readers/columns.h"

namespace sightline {
namespace {

constexpr size_t kMaxColumns = 1 << 16;

}  // namespace

void ColumnScan::add(const Record& record) {
  for (const auto& [name, cell] : record.cells) {
    Seen& seen = seen_[name];
    seen.labels = seen.labels || has_labels(cell);
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

MetadataColumns ColumnScan::columns(const DatasetOptions& options,
                                    const std::string& dataset) const {
  std::vector<std::string> all, texts, nulls;
  for (const auto& [name, seen] : seen_) {
    all.push_back(name);
    if (name == image_ || name == "split") continue;
    if (seen.text != Cell::Kind::null) texts.push_back(name);
    if (seen.only_null) nulls.push_back(name);
  }
  if (!seen_.empty() && !seen_.contains(image_)) {
    throw Error(options.image_column.empty() ? ErrorCode::invalid_data : ErrorCode::not_found,
                "'" + dataset + "' has no column '" + image_ + "'; found: " + join_names(all));
  }
  if (!options.text_columns.empty()) texts.insert(texts.end(), nulls.begin(), nulls.end());
  MetadataColumns found;
  found.texts = choose_text_columns(texts, options.text_columns, dataset);
  if (texts.empty()) {
    if (auto usual = usual_text_column(nulls); !usual.empty()) found.texts = {usual};
  }
  DatasetColumns& columns = found.columns;
  columns.image = image_;
  columns.text = found.texts.empty() ? "" : join_names(found.texts);
  columns.list_captions = found.texts.size() > 1;
  if (seen_.contains("split")) columns.split = "split";
  const std::set<std::string> taken(found.texts.begin(), found.texts.end());
  for (const auto& [name, seen] : seen_) {
    if (taken.contains(name) && seen.text == Cell::Kind::list) columns.list_captions = true;
    const bool kept = seen.scalar || (seen.labels && is_label_column(name));
    if (kept && !taken.contains(name) && name != image_) columns.extra.push_back(name);
  }
  return found;
}

}  // namespace sightline
