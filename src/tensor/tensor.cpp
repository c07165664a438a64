#include "tensor/tensor.h"

#include <sightline/error.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "tensor/pool.h"

namespace sightline {
namespace {

class HostStorage : public Storage {
 public:
  explicit HostStorage(size_t bytes) : data_(pool_allocate(bytes)) {}
  ~HostStorage() override { pool_release(data_); }
  void* host() override { return data_; }
  bool owned() const override { return true; }

 private:
  void* data_;
};

// A range of another storage's memory, which it keeps alive.
class SliceStorage : public Storage {
 public:
  SliceStorage(std::shared_ptr<Storage> whole, size_t offset)
      : whole_(std::move(whole)), offset_(offset) {}
  void* host() override { return static_cast<uint8_t*>(whole_->host()) + offset_; }

 private:
  std::shared_ptr<Storage> whole_;
  size_t offset_;
};

class BorrowedStorage : public Storage {
 public:
  explicit BorrowedStorage(const void* data) : data_(const_cast<void*>(data)) {}
  void* host() override { return data_; }

 private:
  void* data_;
};

}  // namespace

size_t dtype_size(DType type) {
  switch (type) {
    case DType::f32:
    case DType::i32:
      return 4;
    case DType::f16:
    case DType::bf16:
      return 2;
    case DType::u8:
      return 1;
  }
  return 0;
}

std::string dtype_name(DType type) {
  switch (type) {
    case DType::f32:
      return "f32";
    case DType::f16:
      return "f16";
    case DType::bf16:
      return "bf16";
    case DType::i32:
      return "i32";
    case DType::u8:
      return "u8";
  }
  return "?";
}

int64_t element_count(const Shape& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

std::string shape_text(const Shape& shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + ")";
}

Tensor::Tensor(Shape shape, DType type)
    : shape_(std::move(shape)),
      dtype_(type),
      storage_(std::make_shared<HostStorage>(static_cast<size_t>(element_count(shape_)) *
                                             dtype_size(type))) {}

Tensor::Tensor(Shape shape, DType type, std::shared_ptr<Storage> storage)
    : shape_(std::move(shape)), dtype_(type), storage_(std::move(storage)) {}

Tensor Tensor::borrow(Shape shape, DType type, const void* data) {
  return Tensor(std::move(shape), type, std::make_shared<BorrowedStorage>(data));
}

void* Tensor::checked_data(size_t element_size) {
  if (element_size != dtype_size(dtype_)) {
    throw Error(ErrorCode::internal, "a tensor of type ", dtype_name(dtype_),
                " is accessed as elements of ", element_size, " bytes");
  }
  return storage_ ? storage_->host() : nullptr;
}

Tensor Tensor::slice(int64_t first, int64_t count) const {
  if (shape_.empty() || first < 0 || count < 0 || first + count > shape_[0] || raw() == nullptr) {
    throw Error(ErrorCode::internal, "cannot slice rows ", first, " to ", first + count,
                " of a tensor of shape ", shape_text(shape_));
  }
  const size_t row = bytes() / static_cast<size_t>(std::max<int64_t>(1, shape_[0]));
  Shape shape = shape_;
  shape[0] = count;
  return Tensor(std::move(shape), dtype_,
                std::make_shared<SliceStorage>(storage_, static_cast<size_t>(first) * row));
}

Tensor Tensor::reshape(Shape shape) const {
  if (element_count(shape) != count()) {
    throw Error(ErrorCode::internal, "cannot reshape ", shape_text(shape_), " to ",
                shape_text(shape));
  }
  return Tensor(std::move(shape), dtype_, storage_);
}

float half_to_float(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  const uint32_t exponent = (bits >> 10) & 31u;
  uint32_t mantissa = bits & 0x3ffu;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent == 0) {
    if (mantissa == 0) return std::bit_cast<float>(sign);
    // Subnormal: mantissa * 2^-24, exact in f32.
    const float value = static_cast<float>(mantissa) * 0x1p-24f;
    return sign ? -value : value;
  }
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

uint16_t float_to_half(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000u);
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return sign | 0x7e00u;
  if (magnitude >= 0x477ff000u) return sign | 0x7c00u;  // at least 65520 rounds to infinity
  if (magnitude < 0x38800000u) {
    // Subnormal: adding 0.5 makes the FPU round to multiples of 2^-24.
    const float rounded = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(rounded) - 0x3f000000u));
  }
  const uint32_t odd = (magnitude >> 13) & 1u;
  return static_cast<uint16_t>(sign | ((magnitude - 0x38000000u + 0xfffu + odd) >> 13));
}

Tensor to_f32(const Tensor& tensor) {
  Tensor result(tensor.shape(), DType::f32);
  float* out = result.data<float>();
  const int64_t count = tensor.count();
  if (tensor.dtype() == DType::f32) {
    // memcpy, because data in mapped files may be unaligned.
    std::memcpy(out, tensor.raw(), tensor.bytes());
    return result;
  }
  if (tensor.dtype() != DType::f16 && tensor.dtype() != DType::bf16) {
    throw Error(ErrorCode::internal, "cannot convert to f32 a tensor of type ",
                dtype_name(tensor.dtype()));
  }
  const auto* in = static_cast<const uint8_t*>(tensor.raw());
  const bool half = tensor.dtype() == DType::f16;
  for (int64_t i = 0; i < count; ++i) {
    uint16_t bits;
    std::memcpy(&bits, in + 2 * i, 2);
    out[i] = half ? half_to_float(bits) : bfloat16_to_float(bits);
  }
  return result;
}

}  // namespace sightline
