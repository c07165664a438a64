// Cells of Arrow arrays as the plain things that rows are made of.
#pragma once

#include <arrow/api.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sightline::parquet_cells {

// string, binary, their large and view forms, fixed-size binary, or a dictionary of those.
bool holds_bytes(const arrow::DataType& type);
bool holds_text(const arrow::DataType& type);     // the same without the binary ones
bool holds_lists(const arrow::DataType& type);    // a list (of any form) of text
bool holds_scalars(const arrow::DataType& type);  // text, numbers, booleans, times

// The cell's bytes, valid as long as the array; nothing for a null.
std::optional<std::string_view> bytes_at(const arrow::Array& array, int64_t row);

// The list cell's strings; nothing for a null list. `null_item` tells whether an item is null.
std::optional<std::vector<std::string>> list_at(const arrow::Array& array, int64_t row,
                                                bool* null_item);

// The cell as text; nothing for a null.
std::optional<std::string> scalar_at(const arrow::Array& array, int64_t row);

}  // namespace sightline::parquet_cells
