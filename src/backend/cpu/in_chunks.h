// Runs a batch in chunks that stay in the caches.
#pragma once

#include <cstdint>
#include <functional>

#include "tensor/tensor.h"

namespace sightline {

// Runs fn on chunks of x (B, ...) with about equally many images and concatenates its results (B,
// ...). `bytes` is the size of the largest tensor that fn makes of one image. x is a host tensor.
// If the images divide about evenly, each thread runs its own chunks: their tensors stay in its
// caches, and no thread waits for another between two layers. A nested call divides them again, to
// fit into a second-level cache.
Tensor cpu_in_chunks(const Tensor& x, int64_t bytes,
                     const std::function<Tensor(const Tensor&)>& fn);

}  // namespace sightline
