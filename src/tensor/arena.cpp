#include "tensor/arena.h"

#include <algorithm>
#include <new>

#include "tensor/huge_pages.h"

namespace sightline {
namespace {

constexpr size_t kAlignment = 64;
// What lies behind the last tensor is never touched and takes address space alone.
constexpr size_t kSlabBytes = size_t{256} << 20;

}  // namespace

class Arena::Slab {
 public:
  explicit Slab(size_t size) : block_(static_cast<std::byte*>(map_huge(size))), size_(size) {}
  ~Slab() { unmap_huge(block_, size_); }
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  std::byte* block() const { return block_; }
  size_t size() const { return size_; }

 private:
  std::byte* const block_;
  const size_t size_;
};

Tensor Arena::tensor(const Shape& shape, DType type) {
  // A part of a slab; keeps all of it.
  class Part : public Storage {
   public:
    Part(std::shared_ptr<Slab> slab, size_t begin)
        : slab_(std::move(slab)), data_(slab_->block() + begin) {}
    void* host() override { return data_; }

   private:
    std::shared_ptr<Slab> slab_;
    std::byte* data_;
  };

  const size_t bytes = static_cast<size_t>(element_count(shape)) * dtype_size(type);
  if (bytes > SIZE_MAX / 2) throw std::bad_alloc();
  const size_t size = std::max((bytes + kAlignment - 1) / kAlignment * kAlignment, kAlignment);
  if (slab_ == nullptr || size > slab_->size() - used_) {
    auto fresh = std::make_shared<Slab>(std::max(size, kSlabBytes));
    // The one with more room is filled on: a table larger than a slab does not end it.
    if (slab_ != nullptr && fresh->size() - size < slab_->size() - used_) {
      return Tensor(shape, type, std::make_shared<Part>(std::move(fresh), 0));
    }
    slab_ = std::move(fresh);
    used_ = 0;
  }
  Tensor made(shape, type, std::make_shared<Part>(slab_, used_));
  used_ += size;
  return made;
}

}  // namespace sightline
