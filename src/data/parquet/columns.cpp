#include "data/parquet/columns.h"

#include <algorithm>
#include <charconv>

#include "data/columns/text_columns.h"

namespace sightline::parquet_cells {
namespace {

using arrow::Type;

template <typename ArrayType>
std::string_view view(const arrow::Array& array, int64_t row) {
  return static_cast<const ArrayType&>(array).GetView(row);
}

constexpr int kMaxNesting = 4;

bool is_list(const arrow::DataType& type) {
  return type.id() == Type::LIST || type.id() == Type::LARGE_LIST ||
         type.id() == Type::FIXED_SIZE_LIST;
}

const arrow::DataType& item_type(const arrow::DataType& list) {
  return *static_cast<const arrow::BaseListType&>(list).value_type();
}

// The items of a list cell: elements begin … end - 1 of `values`.
struct Items {
  const arrow::Array* values = nullptr;
  int64_t begin = 0, end = 0;
};

template <typename ListType>
Items items_of(const arrow::Array& array, int64_t row) {
  const auto& lists = static_cast<const ListType&>(array);
  const int64_t begin = lists.value_offset(row);
  return {lists.values().get(), begin, begin + lists.value_length(row)};
}

Items items_at(const arrow::Array& array, int64_t row) {
  switch (array.type_id()) {
    case Type::LIST:
      return items_of<arrow::ListArray>(array, row);
    case Type::LARGE_LIST:
      return items_of<arrow::LargeListArray>(array, row);
    case Type::FIXED_SIZE_LIST:
      return items_of<arrow::FixedSizeListArray>(array, row);
    default:
      return {};
  }
}

bool texts_within(const arrow::DataType& type, int levels);

// Returns the index of the struct's field with captions, or -1.
int text_field(const arrow::DataType& type, int levels) {
  std::vector<std::string> names;
  for (const auto& field : type.fields()) {
    if (texts_within(*field->type(), levels - 1)) names.push_back(field->name());
  }
  const std::string name = usual_text_column(names);
  return name.empty() ? -1 : static_cast<const arrow::StructType&>(type).GetFieldIndex(name);
}

bool texts_within(const arrow::DataType& type, int levels) {
  if (levels == 0) return false;
  if (is_list(type)) return texts_within(item_type(type), levels - 1);
  if (type.id() == Type::STRUCT) return text_field(type, levels) >= 0;
  return holds_text(type);
}

}  // namespace

bool holds_text(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::STRING:
    case Type::LARGE_STRING:
    case Type::STRING_VIEW:
      return true;
    case Type::DICTIONARY:
      return holds_text(*static_cast<const arrow::DictionaryType&>(type).value_type());
    default:
      return false;
  }
}

bool holds_bytes(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::BINARY:
    case Type::LARGE_BINARY:
    case Type::BINARY_VIEW:
    case Type::FIXED_SIZE_BINARY:
      return true;
    case Type::DICTIONARY:
      return holds_bytes(*static_cast<const arrow::DictionaryType&>(type).value_type());
    default:
      return holds_text(type);
  }
}

bool holds_texts(const arrow::DataType& type) {
  return texts_within(type, kMaxNesting);
}

bool holds_image_structs(const arrow::DataType& type) {
  if (is_list(type)) return holds_image_structs(item_type(type));
  if (type.id() != Type::STRUCT) return false;
  return std::any_of(type.fields().begin(), type.fields().end(), [](const auto& field) {
    return (field->name() == "bytes" || field->name() == "path") && holds_bytes(*field->type());
  });
}

bool holds_labels(const arrow::DataType& type) {
  if (!is_list(type)) return false;
  return holds_text(item_type(type)) || arrow::is_integer(item_type(type).id());
}

bool holds_images(const arrow::DataType& type) {
  if (holds_image_structs(type)) return true;
  return is_list(type) ? holds_images(item_type(type)) : holds_bytes(type);
}

bool holds_scalars(const arrow::DataType& type) {
  return holds_text(type) || arrow::is_primitive(type.id()) || arrow::is_decimal(type.id());
}

std::optional<std::string_view> bytes_at(const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) return std::nullopt;
  switch (array.type_id()) {
    case Type::STRING:
    case Type::BINARY:
      return view<arrow::BinaryArray>(array, row);
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
      return view<arrow::LargeBinaryArray>(array, row);
    case Type::STRING_VIEW:
    case Type::BINARY_VIEW:
      return view<arrow::BinaryViewArray>(array, row);
    case Type::FIXED_SIZE_BINARY:
      return view<arrow::FixedSizeBinaryArray>(array, row);
    case Type::DICTIONARY: {
      const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
      const int64_t code = coded.GetValueIndex(row);
      if (code < 0 || code >= coded.dictionary()->length()) return std::nullopt;
      return bytes_at(*coded.dictionary(), code);
    }
    default:
      return std::nullopt;
  }
}

void append_texts(const arrow::Array& array, int64_t row, std::vector<std::string>& texts) {
  if (array.IsNull(row)) return;
  if (is_list(*array.type())) {
    const Items items = items_at(array, row);
    for (int64_t i = items.begin; i < items.end; ++i) append_texts(*items.values, i, texts);
  } else if (array.type_id() == Type::STRUCT) {
    const int field = text_field(*array.type(), kMaxNesting);
    if (field >= 0)
      append_texts(*static_cast<const arrow::StructArray&>(array).field(field), row, texts);
  } else if (const auto text = bytes_at(array, row)) {
    texts.emplace_back(*text);
  }
}

ImageCell image_at(const arrow::Array& array, int64_t row, const std::string& column) {
  if (array.IsNull(row)) return {{}, {}, "the column '" + column + "' is null"};
  if (is_list(*array.type())) {
    const Items items = items_at(array, row);
    if (items.end - items.begin == 1) return image_at(*items.values, items.begin, column);
    return {{},
            {},
            "the column '" + column + "' has " + std::to_string(items.end - items.begin) +
                " images; expected one"};
  }
  ImageCell cell;
  if (array.type_id() == Type::STRUCT) {
    const auto& fields = static_cast<const arrow::StructArray&>(array);
    if (const auto child = fields.GetFieldByName("bytes")) cell.bytes = bytes_at(*child, row);
    if (const auto child = fields.GetFieldByName("path")) cell.path = bytes_at(*child, row);
  } else {
    (holds_text(*array.type()) ? cell.path : cell.bytes) = bytes_at(array, row);
  }
  if (!cell.bytes && !cell.path) cell.problem = "the image has neither bytes nor a path";
  return cell;
}

std::optional<std::string> scalar_at(const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) return std::nullopt;
  if (const auto bytes = bytes_at(array, row)) return std::string(*bytes);
  const auto scalar = array.GetScalar(row);
  return scalar.ok() ? std::optional((*scalar)->ToString()) : std::nullopt;
}

std::optional<std::string> label_at(const arrow::Array& array, int64_t row,
                                    const std::vector<std::string>& names) {
  const auto number = scalar_at(array, row);
  if (!number) return std::nullopt;
  size_t index = names.size();
  std::from_chars(number->data(), number->data() + number->size(), index);
  return index < names.size() ? names[index] : *number;
}

std::optional<std::vector<std::string>> labels_at(const arrow::Array& array, int64_t row,
                                                  const std::vector<std::string>& names) {
  if (array.IsNull(row)) return std::nullopt;
  const Items items = items_at(array, row);
  std::vector<std::string> labels;
  for (int64_t i = items.begin; i < items.end; ++i) {
    auto label = holds_text(*items.values->type()) ? scalar_at(*items.values, i)
                                                   : label_at(*items.values, i, names);
    if (label) labels.push_back(std::move(*label));
  }
  return labels;
}

}  // namespace sightline::parquet_cells
