// Items from the metadata tables that clip-retrieval writes.
#pragma once

#include <sightline/vectors.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace sightline::vectors {

// The rows of one array of a set, and its table.
struct TablePart {
  int64_t first = 0, rows = 0;  // of the set
  std::filesystem::path table;  // empty: none
};

// The item of a row without ids: its number.
VectorItem numbered_item(int64_t row);

// Returns the items of these rows, ascending. The id is the column image_path, key, id or url,
// whichever comes first and is not empty, otherwise the row's number; the caption is the column
// caption or text; all other columns become fields. Throws invalid_data if a table has not one row
// for each vector; what open_parquet_table and ParquetTable::read throw.
std::vector<VectorItem> table_items(std::span<const TablePart> parts,
                                    std::span<const int64_t> rows);

}  // namespace sightline::vectors
