// A batch in parts that stay in the caches.
#pragma once

#include <cstdint>
#include <functional>

#include "tensor/tensor.h"

namespace sightline {

// fn on parts of x (B, ...) with about equally many images, and its results (B, ...) one after
// the other. `bytes` is the size of the largest tensor that fn makes of one image. x is a host
// tensor.
Tensor cpu_in_chunks(const Tensor& x, int64_t bytes,
                     const std::function<Tensor(const Tensor&)>& fn);

}  // namespace sightline
