// Converts cells of Arrow arrays to strings and lists of strings.
#pragma once

#include <arrow/api.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sightline::parquet_cells {

// Return whether a column type holds certain values.
// bytes: string, binary, their large and view variants, fixed-size binary, or a dictionary of
// those.
bool holds_bytes(const arrow::DataType& type);
bool holds_text(const arrow::DataType& type);     // as holds_bytes(), without the binary types
bool holds_lists(const arrow::DataType& type);    // list, large list or fixed-size list of text
bool holds_scalars(const arrow::DataType& type);  // text, numbers, booleans, times

// Returns the cell's bytes, valid as long as the array; nothing for a null.
std::optional<std::string_view> bytes_at(const arrow::Array& array, int64_t row);

// Returns the list cell's strings; nothing for a null list. `null_item` is set to whether an item
// of the list is null.
std::optional<std::vector<std::string>> list_at(const arrow::Array& array, int64_t row,
                                                bool* null_item);

// Returns the cell as text; nothing for a null.
std::optional<std::string> scalar_at(const arrow::Array& array, int64_t row);

}  // namespace sightline::parquet_cells
