#include "vectors/table_items.h"

#include <sightline/error.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "data/parquet_plugin.h"

namespace sightline::vectors {
namespace {

using Cells = std::map<std::string, std::string>;

// Moves the first non-empty cell of these columns out of `cells`.
std::string take_first(Cells& cells, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = cells.find(name);
    if (found == cells.end() || is_blank(found->second)) continue;
    std::string text = std::move(found->second);
    cells.erase(found);
    return text;
  }
  return {};
}

VectorItem item_of_cells(Cells&& cells, int64_t row) {
  VectorItem item = numbered_item(row);
  if (std::string id = take_first(cells, {"image_path", "key", "id", "url"}); !id.empty())
    item.id = std::move(id);
  if (std::string caption = take_first(cells, {"caption", "text"}); !caption.empty())
    item.captions.push_back(std::move(caption));
  item.fields = std::move(cells);
  return item;
}

}  // namespace

VectorItem numbered_item(int64_t row) {
  return {std::to_string(row), {}, {}};
}

ParquetTable& TableItems::opened(const TablePart& part) const {
  const FileIdentity file = file_identity(part.table);
  if (part_ != &part || file_ != file) {
    if (table_) decoded_ += table_->decoded_rows();
    part_ = nullptr;
    table_ = open_parquet_table(part.table);
    part_ = &part;
    file_ = file;
  }
  return *table_;
}

void TableItems::read_part(const TablePart& part, std::span<const int64_t> rows,
                           std::vector<VectorItem>& out) const {
  if (part.table.empty()) {
    for (const int64_t row : rows) out.push_back(numbered_item(row));
    return;
  }
  ParquetTable& table = opened(part);
  if (table.rows() != part.rows) {
    throw Error(ErrorCode::invalid_data, quoted(part.table), " has ", counted(table.rows(), "row"),
                " for ", counted(part.rows, "vector"), ": the two files are of different runs");
  }
  std::vector<int64_t> local;
  for (const int64_t row : rows) local.push_back(row - part.first);
  std::vector<Cells> cells = table.read(local);
  for (size_t i = 0; i < rows.size(); ++i)
    out.push_back(item_of_cells(std::move(cells[i]), rows[i]));
}

std::vector<VectorItem> TableItems::read(std::span<const int64_t> rows) const {
  const std::scoped_lock lock(mutex_);
  std::vector<VectorItem> out;
  for (const TablePart& part : parts_) {
    const auto end = std::ranges::lower_bound(rows, part.first + part.rows);
    const auto count = static_cast<size_t>(end - rows.begin());
    if (count > 0) read_part(part, rows.first(count), out);
    rows = rows.subspan(count);
  }
  return out;
}

int64_t TableItems::decoded_rows() const {
  const std::scoped_lock lock(mutex_);
  return decoded_ + (table_ ? table_->decoded_rows() : 0);
}

}  // namespace sightline::vectors
