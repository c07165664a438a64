#include "backend/cpu/in_chunks.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstring>

namespace sightline {
namespace {

// Size of the largest tensor of a chunk: with its input and weights it stays in a third-level cache
// of 16 to 32 MiB.
constexpr int64_t kCacheBytes = 7 << 20;

}  // namespace

Tensor cpu_in_chunks(const Tensor& x, int64_t bytes,
                     const std::function<Tensor(const Tensor&)>& fn) {
  const int64_t batch = x.dim(0),
                most = std::max<int64_t>(1, kCacheBytes / std::max<int64_t>(1, bytes));
  const int64_t parts = (batch + most - 1) / most;
  if (parts <= 1) return fn(x);
  Tensor y;
  size_t done = 0;
  for (int64_t part = 0; part < parts; ++part) {
    const int64_t begin = batch * part / parts, end = batch * (part + 1) / parts;
    const Tensor result = fn(x.slice(begin, end - begin));
    if (!y.defined()) {
      Shape shape = result.shape();
      shape[0] = batch;
      y = Tensor(std::move(shape), result.dtype());
    }
    if (result.dtype() != y.dtype() || result.count() * batch != y.count() * (end - begin)) {
      throw Error(ErrorCode::internal, "in_chunks: a chunk returned ", shape_text(result.shape()),
                  " of ", shape_text(y.shape()), " in all");
    }
    std::memcpy(static_cast<uint8_t*>(const_cast<void*>(y.raw())) + done, result.raw(),
                result.bytes());
    done += result.bytes();
  }
  return y;
}

}  // namespace sightline
