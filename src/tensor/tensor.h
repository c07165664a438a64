// A dense, contiguous, row-major array whose memory belongs to the host or to a backend.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace sightline {

enum class DType { f32, f16, bf16, i32, u8 };

size_t dtype_size(DType type);
std::string dtype_name(DType type);

using Shape = std::vector<int64_t>;

int64_t element_count(const Shape& shape);
std::string shape_text(const Shape& shape);  // "(2, 50, 768)"

// Whatever keeps a tensor's memory alive. A backend derives from it to hold its own kind of array;
// such storage has no host address.
class Storage {
 public:
  virtual ~Storage() = default;
  virtual void* host() { return nullptr; }
  // Whether the memory is the storage's own, so that nobody sees it but through its tensors.
  virtual bool owned() const { return false; }
  // The whole of it will be read soon. A hint: storage of a mapped file has its pages mapped.
  virtual void prepare() {}
};

// A handle: copies share storage. Host tensors are writable through data(); a tensor that an
// operation returned is treated as immutable by everybody.
class Tensor {
 public:
  Tensor() = default;  // empty: defined() is false
  // Uninitialised host memory, 64-byte aligned, from a pool (no system call in the steady state).
  Tensor(Shape shape, DType type);
  // Backend storage, or memory that somebody else owns and `storage` keeps alive.
  Tensor(Shape shape, DType type, std::shared_ptr<Storage> storage);
  // Host memory owned elsewhere; it must outlive the tensor.
  static Tensor borrow(Shape shape, DType type, const void* data);

  bool defined() const { return storage_ != nullptr; }
  const Shape& shape() const { return shape_; }
  int64_t dim(int axis) const { return shape_[axis < 0 ? shape_.size() + axis : axis]; }
  int rank() const { return static_cast<int>(shape_.size()); }
  int64_t count() const { return element_count(shape_); }
  DType dtype() const { return dtype_; }
  size_t bytes() const { return static_cast<size_t>(count()) * dtype_size(dtype_); }

  // Host address, or null for backend storage. T must match dtype (checked).
  template <typename T>
  T* data() {
    return static_cast<T*>(checked_data(sizeof(T)));
  }
  template <typename T>
  const T* data() const {
    return static_cast<const T*>(const_cast<Tensor*>(this)->checked_data(sizeof(T)));
  }
  const void* raw() const { return storage_ ? storage_->host() : nullptr; }

  // Whether this is the last handle of memory that is the tensor's own: then an operation that is
  // given it may write its result there.
  bool exclusive() const { return storage_.use_count() == 1 && storage_->owned(); }

  // The same storage under another shape of equal count (host tensors only).
  Tensor reshape(Shape shape) const;

  // Some of the first axis, (count, ...), in the same memory (host tensors only).
  Tensor part(int64_t first, int64_t count) const;

  const std::shared_ptr<Storage>& storage() const { return storage_; }

 private:
  void* checked_data(size_t element_size);
  Shape shape_;
  DType dtype_ = DType::f32;
  std::shared_ptr<Storage> storage_;
};

// IEEE half and bfloat16 bits to f32 and back (round to nearest even).
float half_to_float(uint16_t bits);
uint16_t float_to_half(float value);
inline float bfloat16_to_float(uint16_t bits) {
  const uint32_t word = static_cast<uint32_t>(bits) << 16;
  float value;
  __builtin_memcpy(&value, &word, sizeof value);
  return value;
}

// A host f32 copy of a host tensor of type f32, f16 or bf16.
Tensor to_f32(const Tensor& tensor);

}  // namespace sightline
