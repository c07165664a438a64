// Arena: allocates tensors that live as long as a model, such as packed weights.
#pragma once

#include <cstddef>
#include <memory>

#include "tensor/tensor.h"

namespace sightline {

// Allocates tensors contiguously in large slabs. It wastes less memory than the pool, which rounds
// sizes up and starts large tensors on a new huge page: a tenth of a transformer's weights.
// A slab is returned to the system when its last tensor is destroyed, which may be after the arena.
// Not thread-safe.
class Arena {
 public:
  // Returns a tensor of zeros, 64-byte aligned. Throws std::bad_alloc.
  Tensor tensor(const Shape& shape, DType type);

 private:
  class Slab;
  std::shared_ptr<Slab> slab_;  // the current slab
  size_t used_ = 0;             // bytes of the current slab that are allocated
};

}  // namespace sightline
