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
bool holds_scalars(const arrow::DataType& type);  // text, numbers, booleans, times
// Text, a list of texts, or a struct with a text of a usual name for captions ("raw" in lists of
// structs, as in published data sets with sentences), nested at most 4 levels.
bool holds_texts(const arrow::DataType& type);
// Structs with bytes or path, or lists of them.
bool holds_image_structs(const arrow::DataType& type);
// A list of texts or integers, as labels of several classes are.
bool holds_labels(const arrow::DataType& type);
// Image structs, bytes or paths, or lists of those.
bool holds_images(const arrow::DataType& type);

// Returns the cell's bytes, valid as long as the array; nothing for a null.
std::optional<std::string_view> bytes_at(const arrow::Array& array, int64_t row);

// Appends the texts of a cell for which holds_texts() to `texts`. Nulls are skipped.
void append_texts(const arrow::Array& array, int64_t row, std::vector<std::string>& texts);

// An image cell. Views are valid as long as the array.
struct ImageCell {
  std::optional<std::string_view> bytes, path;
  std::string problem;  // why the cell has no image; else ""
};
// Reads a cell for which holds_images(). A list must have one image. `column` names it in problems.
ImageCell image_at(const arrow::Array& array, int64_t row, const std::string& column);

// Returns the cell as text; nothing for a null.
std::optional<std::string> scalar_at(const arrow::Array& array, int64_t row);
// Returns the name of a class label, or its number if it has no name; nothing for a null.
std::optional<std::string> label_at(const arrow::Array& array, int64_t row,
                                    const std::vector<std::string>& names);

// Returns the items of a cell for which holds_labels(), each as label_at() does; nothing for a
// null.
std::optional<std::vector<std::string>> labels_at(const arrow::Array& array, int64_t row,
                                                  const std::vector<std::string>& names);

}  // namespace sightline::parquet_cells
