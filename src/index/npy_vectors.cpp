#include "index/npy_vectors.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/parallel.h"
#include "base/text.h"
#include "tensor/tensor.h"

namespace sightline::index {
namespace {

constexpr int64_t kBlockBytes = 4 << 20;  // of f32, converted before its pages are released
constexpr int64_t kTile = 32;             // rows and columns of a column-major array

template <typename Bits>
Bits load(const uint8_t* at, bool swap) {
  Bits bits;
  std::memcpy(&bits, at, sizeof bits);
  if (!swap) return bits;
  if constexpr (sizeof(Bits) == 2) return __builtin_bswap16(bits);
  if constexpr (sizeof(Bits) == 4) return __builtin_bswap32(bits);
  if constexpr (sizeof(Bits) == 8) return __builtin_bswap64(bits);
}

// The value of an element of `Bits`' size.
template <typename Bits>
auto value_of(Bits bits) {
  if constexpr (sizeof(Bits) == 2) return half_to_float(bits);
  if constexpr (sizeof(Bits) == 4) return std::bit_cast<float>(bits);
  if constexpr (sizeof(Bits) == 8) return std::bit_cast<double>(bits);
}

// Calls fn with a value of the unsigned type that has the size of an element.
template <typename Fn>
auto with_bits(size_t size, const Fn& fn) {
  if (size == 2) return fn(uint16_t{});
  if (size == 4) return fn(uint32_t{});
  return fn(uint64_t{});
}

void check_type(const npy::ElementType& element, const std::string& where) {
  if (element.kind == 'f' && (element.size == 2 || element.size == 4 || element.size == 8)) return;
  const std::string found = where + " has elements of type '" + element.descr + "'";
  if (element.kind == 'f') {
    throw Error(ErrorCode::unsupported, found,
                "; expected float16, float32 or float64: save x.astype('float32')");
  }
  throw Error(ErrorCode::unsupported, found,
              "; vectors are float16, float32 or float64. Integers and bits are quantized vectors, "
              "whose scale is not in the file: convert them to floats with the program that wrote "
              "them");
}

// Returns (N, D).
std::pair<int64_t, int64_t> check_shape(const npy::Header& header, VectorShape wanted,
                                        const std::string& where) {
  const std::vector<int64_t>& shape = header.shape;
  if (shape.size() == 2 && shape[1] >= 1) return {shape[0], shape[1]};
  if (wanted == VectorShape::rows_or_one && shape.size() == 1 && shape[0] >= 1)
    return {1, shape[0]};
  const std::string found =
      where + " has the shape " + npy::shape_text(shape) + "; vectors are (N, D), D at least 1";
  if (shape.size() == 1) {
    throw Error(ErrorCode::invalid_data, found,
                ": save one vector as x[None, :], or concatenated vectors as x.reshape(N, D)");
  }
  throw Error(ErrorCode::invalid_data, found,
              shape.size() == 3 ? ": save one vector per item, not one per token" : "");
}

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

}  // namespace

VectorArray::VectorArray(std::span<const uint8_t> file, std::string where, VectorShape shape)
    : header_(npy::parse_header(file, where)), where_(std::move(where)) {
  check_type(header_.element, where_);
  std::tie(rows_, dim_) = check_shape(header_, shape, where_);
  npy::check_size(header_, file.size(), where_);
  elements_ = file.subspan(header_.size);
}

const float* VectorArray::in_place() const {
  const bool aligned = reinterpret_cast<uintptr_t>(elements_.data()) % alignof(float) == 0;
  if (header_.type() != NpyType::f32 || header_.fortran_order || !aligned) return nullptr;
  return reinterpret_cast<const float*>(elements_.data());
}

double VectorArray::element(int64_t row, int64_t column) const {
  const int64_t at = header_.fortran_order ? column * rows_ + row : row * dim_ + column;
  const size_t size = header_.element.size;
  return with_bits(size, [&](auto bits) {
    const uint8_t* from = elements_.data() + static_cast<size_t>(at) * size;
    return static_cast<double>(value_of(load<decltype(bits)>(from, header_.element.big_endian)));
  });
}

// Converts rows begin to end into `out`, which begins with row `begin`.
void VectorArray::read_rows(int64_t begin, int64_t end, float* out) const {
  const bool swap = header_.element.big_endian;
  with_bits(header_.element.size, [&](auto bits) {
    using Bits = decltype(bits);
    const auto convert = [&](int64_t at) {
      const uint8_t* from = elements_.data() + static_cast<size_t>(at) * sizeof(Bits);
      return static_cast<float>(value_of(load<Bits>(from, swap)));
    };
    if (!header_.fortran_order) {
      const int64_t first = begin * dim_, count = (end - begin) * dim_;
      for (int64_t i = 0; i < count; ++i) out[i] = convert(first + i);
      return;
    }
    for (int64_t r0 = begin; r0 < end; r0 += kTile) {
      for (int64_t c0 = 0; c0 < dim_; c0 += kTile) {
        for (int64_t c = c0; c < std::min(c0 + kTile, dim_); ++c) {
          for (int64_t r = r0; r < std::min(r0 + kTile, end); ++r)
            out[(r - begin) * dim_ + c] = convert(c * rows_ + r);
        }
      }
    }
  });
}

void VectorArray::read(std::span<float> out, const Release& release) const {
  const int64_t block =
      std::max<int64_t>(1, kBlockBytes / static_cast<int64_t>(sizeof(float)) / dim_);
  std::atomic<int64_t> first_bad = rows_;
  parallel_each((rows_ + block - 1) / block, [&](int, int64_t b) {
    const int64_t begin = b * block, end = std::min(begin + block, rows_);
    float* values = out.data() + begin * dim_;
    read_rows(begin, end, values);
    if (header_.element.size == 8) {
      for (int64_t i = 0; i < (end - begin) * dim_; ++i) {
        const int64_t row = begin + i / dim_;
        if (std::isfinite(values[i]) || !std::isfinite(element(row, i % dim_))) continue;
        for (int64_t seen = first_bad; row < seen && !first_bad.compare_exchange_weak(seen, row);) {
        }
        break;
      }
    }
    if (!release || header_.fortran_order) return;
    const size_t row_bytes = static_cast<size_t>(dim_) * header_.element.size;
    release(elements_.subspan(static_cast<size_t>(begin) * row_bytes,
                              static_cast<size_t>(end - begin) * row_bytes));
  });
  if (release && header_.fortran_order) release(elements_);
  if (first_bad == rows_) return;
  double value = 0;
  for (int64_t c = 0; c < dim_ && !(std::isfinite(value) && std::isinf(static_cast<float>(value)));
       ++c)
    value = element(first_bad, c);
  throw Error(ErrorCode::invalid_data, where_, ": row ", first_bad.load(), " has ",
              number_text(value), ", which is beyond the range of float32");
}

NpyVectors::NpyVectors(const std::filesystem::path& npy, VectorShape shape)
    : file_(npy), array_(file_.bytes(), quoted(npy), shape) {}

void NpyVectors::read(std::span<float> out) const {
  array_.read(out, [this](std::span<const uint8_t> part) { file_.release(part); });
}

Matrix NpyVectors::read() const {
  Matrix matrix(array_.rows(), array_.dim());
  read(matrix.values);
  return matrix;
}

}  // namespace sightline::index
