#include "tensor/arena.h"

#include <algorithm>
#include <new>

#include "tensor/huge_pages.h"

namespace sightline {
namespace {

constexpr size_t kAlignment = 64;
// Unused parts of a slab are never touched, so they only reserve address space.
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
  // A range of a slab; keeps the whole slab alive.
  class SlabView : public Storage {
   public:
    SlabView(std::shared_ptr<Slab> slab, size_t begin)
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
    auto new_slab = std::make_shared<Slab>(std::max(size, kSlabBytes));
    // Continues with the slab that has more free space: a tensor larger than a slab does not cause
    // the rest of the current slab to be wasted.
    if (slab_ != nullptr && new_slab->size() - size < slab_->size() - used_) {
      return Tensor(shape, type, std::make_shared<SlabView>(std::move(new_slab), 0));
    }
    slab_ = std::move(new_slab);
    used_ = 0;
  }
  Tensor made(shape, type, std::make_shared<SlabView>(slab_, used_));
  used_ += size;
  return made;
}

}  // namespace sightline
