#include "base/npy.h"

#include <sightline/error.h>

#include <bit>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/file.h"
#include "base/npy_header.h"
#include "base/text.h"

namespace sightline {

static_assert(std::endian::native == std::endian::little,
              ".npy elements are copied without byte swapping");

namespace {

void write_array(const std::filesystem::path& path, NpyType type, std::span<const uint8_t> bytes,
                 std::span<const int64_t> shape) {
  const std::string where = quoted(path);
  const int64_t expected =
      npy::byte_count(npy::element_size(type), shape, where, ErrorCode::invalid_argument);
  if (expected != static_cast<int64_t>(bytes.size())) {
    throw Error(ErrorCode::invalid_argument, "cannot write ", where, ": the shape ",
                npy::shape_text(shape), " needs ", expected, " bytes, got ", bytes.size());
  }
  std::string content = npy::make_header(type, shape);
  content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  write_file_atomic(path, content);
}

template <typename T>
std::span<const T> view(const NpyArray& array, NpyType wanted) {
  if (array.type != wanted) {
    throw Error(ErrorCode::invalid_data, "expected an array of type ", npy::type_name(wanted),
                ", found ", npy::type_name(array.type));
  }
  return {reinterpret_cast<const T*>(array.bytes.data()), array.bytes.size() / sizeof(T)};
}

}  // namespace

int64_t NpyArray::count() const {
  int64_t product = 1;
  for (const int64_t extent : shape) product *= extent;
  return product;
}

std::span<const uint8_t> NpyArray::u8() const {
  return view<uint8_t>(*this, NpyType::u8);
}
std::span<const int32_t> NpyArray::i32() const {
  return view<int32_t>(*this, NpyType::i32);
}
std::span<const float> NpyArray::f32() const {
  return view<float>(*this, NpyType::f32);
}

void write_npy(const std::filesystem::path& path, std::span<const uint8_t> values,
               std::span<const int64_t> shape) {
  write_array(path, NpyType::u8, values, shape);
}

void write_npy(const std::filesystem::path& path, std::span<const int32_t> values,
               std::span<const int64_t> shape) {
  write_array(path, NpyType::i32, bytes_of(values), shape);
}

void write_npy(const std::filesystem::path& path, std::span<const float> values,
               std::span<const int64_t> shape) {
  write_array(path, NpyType::f32, bytes_of(values), shape);
}

NpyArray read_npy(const std::filesystem::path& path, int64_t max_bytes) {
  const std::string where = quoted(path);
  std::vector<uint8_t> file = read_file(path, max_bytes);
  const npy::Header header = npy::parse_header(file, where);
  const std::optional<NpyType> type = header.type();
  if (!type || header.fortran_order) {
    throw Error(ErrorCode::unsupported, where, " has elements of type '",
                printable(header.element.descr, 20), "' in ",
                header.fortran_order ? "Fortran" : "C",
                " order; supported are '|u1', '<i4' and '<f4' in C order");
  }
  npy::check_size(header, file.size(), where);
  file.erase(file.begin(), file.begin() + static_cast<ptrdiff_t>(header.size));
  return {*type, header.shape, std::move(file)};
}

}  // namespace sightline
