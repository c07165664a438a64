// Items from the metadata tables that clip-retrieval writes.
#pragma once

#include <sightline/vectors.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "data/readers/parquet_table.h"

namespace sightline::vectors {

// The rows of one array of a set, and its table.
struct TablePart {
  int64_t first = 0, rows = 0;  // of the set
  std::filesystem::path table;  // empty: none
};

// The item of a row without ids: its number.
VectorItem numbered_item(int64_t row);

// The tables of a set. The last one stays open, so that a set that is read in portions decodes a
// row group once. Thread-safe.
class TableItems {
 public:
  explicit TableItems(std::vector<TablePart> parts) : parts_(std::move(parts)) {}

  // Returns the items of these rows, ascending. The id is the column image_path, key, id or url,
  // whichever comes first and is not empty, otherwise the row's number; the caption is the column
  // caption or text; all other columns become fields. Throws invalid_data if a table has not one
  // row for each vector; what open_parquet_table and ParquetTable::read throw.
  std::vector<VectorItem> read(std::span<const int64_t> rows) const;

  // Rows of tables that all calls have decoded.
  int64_t decoded_rows() const;

 private:
  void read_part(const TablePart& part, std::span<const int64_t> rows,
                 std::vector<VectorItem>& out) const;
  ParquetTable& opened(const TablePart& part) const;

  std::vector<TablePart> parts_;
  mutable std::mutex mutex_;                 // of the members below
  mutable const TablePart* part_ = nullptr;  // of `table_`
  mutable FileIdentity file_;
  mutable std::unique_ptr<ParquetTable> table_;
  mutable int64_t decoded_ = 0;  // by tables before
};

}  // namespace sightline::vectors
