#include "data/parquet/columns.h"

namespace sightline::parquet_cells {
namespace {

using arrow::Type;

template <typename ArrayType>
std::string_view view(const arrow::Array& array, int64_t row) {
  return static_cast<const ArrayType&>(array).GetView(row);
}

template <typename ListType>
std::pair<int64_t, int64_t> range(const arrow::Array& array, int64_t row) {
  const auto& lists = static_cast<const ListType&>(array);
  return {lists.value_offset(row), lists.value_length(row)};
}

const arrow::DataType* list_item(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::LIST:
    case Type::LARGE_LIST:
    case Type::FIXED_SIZE_LIST:
      return static_cast<const arrow::BaseListType&>(type).value_type().get();
    default:
      return nullptr;
  }
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

bool holds_lists(const arrow::DataType& type) {
  const arrow::DataType* item = list_item(type);
  return item != nullptr && holds_text(*item);
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

std::optional<std::vector<std::string>> list_at(const arrow::Array& array, int64_t row,
                                                bool* null_item) {
  *null_item = false;
  if (array.IsNull(row)) return std::nullopt;
  std::pair<int64_t, int64_t> part;
  const arrow::Array* items = nullptr;
  switch (array.type_id()) {
    case Type::LIST:
      part = range<arrow::ListArray>(array, row);
      items = static_cast<const arrow::ListArray&>(array).values().get();
      break;
    case Type::LARGE_LIST:
      part = range<arrow::LargeListArray>(array, row);
      items = static_cast<const arrow::LargeListArray&>(array).values().get();
      break;
    case Type::FIXED_SIZE_LIST:
      part = range<arrow::FixedSizeListArray>(array, row);
      items = static_cast<const arrow::FixedSizeListArray&>(array).values().get();
      break;
    default:
      return std::nullopt;
  }
  std::vector<std::string> texts;
  for (int64_t i = part.first; i < part.first + part.second; ++i) {
    const auto item = bytes_at(*items, i);
    if (item)
      texts.emplace_back(*item);
    else
      *null_item = true;
  }
  return texts;
}

std::optional<std::string> scalar_at(const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) return std::nullopt;
  if (const auto bytes = bytes_at(array, row)) return std::string(*bytes);
  const auto scalar = array.GetScalar(row);
  return scalar.ok() ? std::optional((*scalar)->ToString()) : std::nullopt;
}

}  // namespace sightline::parquet_cells
