// Tensor: a dense, contiguous, row-major array in host memory or in memory of a backend.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tensor/number_range.h"

namespace sightline {

enum class DType { f32, f16, bf16, i32, u8 };

size_t dtype_size(DType type);       // bytes per element
std::string dtype_name(DType type);  // "f32"

using Shape = std::vector<int64_t>;

int64_t element_count(const Shape& shape);   // product of the sizes; 1 for the empty shape
std::string shape_text(const Shape& shape);  // "(2, 50, 768)"

// Owner of a tensor's memory. Backends derive from it to hold their own arrays; such storage has no
// host address.
class Storage {
 public:
  virtual ~Storage() = default;
  virtual void* host() { return nullptr; }
  // Whether the memory is accessible only through tensors of this storage.
  virtual bool owned() const { return false; }
  // A hint that all of the memory will be read soon. Storage in a mapped file maps its pages.
  virtual void prefetch() {}
};

// A handle: copies share storage. Host tensors are writable through data(). By convention, results
// of operations are not modified.
class Tensor {
 public:
  Tensor() = default;  // empty: defined() is false
  // Allocates uninitialised host memory, 64-byte aligned, from the pool (tensor/pool.h).
  Tensor(Shape shape, DType type);
  // A tensor in existing storage, of the host or of a backend, that has at least the size of the
  // shape.
  Tensor(Shape shape, DType type, std::shared_ptr<Storage> storage);
  // A tensor in host memory that the caller owns. It must outlive the tensor and its copies.
  static Tensor borrow(Shape shape, DType type, const void* data);

  bool defined() const { return storage_ != nullptr; }
  const Shape& shape() const { return shape_; }
  int64_t dim(int axis) const { return shape_[axis < 0 ? shape_.size() + axis : axis]; }
  int rank() const { return static_cast<int>(shape_.size()); }
  int64_t count() const { return element_count(shape_); }
  DType dtype() const { return dtype_; }
  size_t bytes() const { return static_cast<size_t>(count()) * dtype_size(dtype_); }

  // Host address of the elements, or null for backend storage. Throws internal if sizeof(T) is not
  // the dtype's size. raw() does not check.
  template <typename T>
  T* data() {
    return static_cast<T*>(checked_data(sizeof(T)));
  }
  template <typename T>
  const T* data() const {
    return static_cast<const T*>(const_cast<Tensor*>(this)->checked_data(sizeof(T)));
  }
  const void* raw() const { return storage_ ? storage_->host() : nullptr; }

  // Whether no other handle refers to the storage and it owns its memory. An operation may then
  // reuse the memory of this tensor for its result.
  bool exclusive() const { return storage_.use_count() == 1 && storage_->owned(); }

  // The range of each item of the first axis, where the operation that made the tensor determined
  // them; else empty. Copies share them; an operation that overwrites the memory makes a tensor of
  // its storage, without them.
  std::span<const NumberRange> ranges() const {
    return ranges_ ? std::span<const NumberRange>(*ranges_) : std::span<const NumberRange>();
  }
  void set_ranges(std::vector<NumberRange> ranges) {
    ranges_ = std::make_shared<const std::vector<NumberRange>>(std::move(ranges));
  }

  // Returns a tensor of another shape that shares the storage. Throws internal if the counts
  // differ.
  Tensor reshape(Shape shape) const;

  // Returns rows [first, first + count) of the first axis, (count, ...), in the same memory. Throws
  // internal for rows out of range and for backend storage.
  Tensor slice(int64_t first, int64_t count) const;

  const std::shared_ptr<Storage>& storage() const { return storage_; }

 private:
  void* checked_data(size_t element_size);
  Shape shape_;
  DType dtype_ = DType::f32;
  std::shared_ptr<Storage> storage_;
  std::shared_ptr<const std::vector<NumberRange>> ranges_;
};

// Conversions between f32 and the bits of IEEE 754 half precision (rounds to nearest even) or
// bfloat16.
float half_to_float(uint16_t bits);
uint16_t float_to_half(float value);
inline float bfloat16_to_float(uint16_t bits) {
  const uint32_t word = static_cast<uint32_t>(bits) << 16;
  float value;
  __builtin_memcpy(&value, &word, sizeof value);
  return value;
}
// Of an element of type f32, or the bits of bf16.
inline float value_of(float number) {
  return number;
}
inline float value_of(uint16_t bits) {
  return bfloat16_to_float(bits);
}

// Returns an f32 copy of a host tensor of type f32, f16 or bf16. Throws internal for other types.
Tensor to_f32(const Tensor& tensor);

}  // namespace sightline
