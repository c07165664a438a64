// Memory for tensors that stay as long as a model does: its packed weights.
#pragma once

#include <cstddef>
#include <memory>

#include "tensor/tensor.h"

namespace sightline {

// Tensors one behind the other in large slabs. The pool would round each one's size up, to be able
// to reuse it, and a tensor that begins on a huge page of its own leaves most of its last one
// unused: a tenth of a transformer's weights. A slab goes back to the system with the last tensor
// in it, which may be after the arena's end. Not for several threads at once.
class Arena {
 public:
  // Zeros, 64-byte aligned. Throws std::bad_alloc.
  Tensor tensor(const Shape& shape, DType type);

 private:
  class Slab;
  std::shared_ptr<Slab> slab_;  // the one that is being filled
  size_t used_ = 0;             // bytes of it
};

}  // namespace sightline
