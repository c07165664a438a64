#include "backend/cpu/in_chunks.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/parallel.h"

namespace sightline {
namespace {

// Size of the largest tensor of a chunk: with its input and weights it stays in a third-level cache
// of 16 to 32 MiB.
constexpr int64_t kSharedBytes = 7 << 20;
// And of a chunk within a thread's, in a second-level cache of its own.
constexpr int64_t kOwnBytes = 2 << 20;

// Chunks of a batch, about equally large.
struct Chunks {
  int64_t batch, count;

  int64_t begin(int64_t chunk) const { return batch * chunk / count; }
  Tensor of(const Tensor& x, int64_t chunk) const {
    return x.slice(begin(chunk), begin(chunk + 1) - begin(chunk));
  }
};

int64_t chunks_of(int64_t batch, int64_t bytes, int64_t limit) {
  const int64_t most = std::max<int64_t>(1, limit / std::max<int64_t>(1, bytes));
  return (batch + most - 1) / most;
}

// Whether threads have about equally many images each.
bool divides_evenly(int64_t batch, int64_t threads) {
  return threads > 1 && (batch % threads == 0 || batch >= 4 * threads);
}

// Writes a chunk's result to its place in y, which the first one defines.
void place(const Chunks& chunks, int64_t chunk, const Tensor& result, Tensor& y) {
  if (!y.defined()) {
    Shape shape = result.shape();
    shape[0] = chunks.batch;
    y = Tensor(std::move(shape), result.dtype());
  }
  const int64_t begin = chunks.begin(chunk), images = chunks.begin(chunk + 1) - begin;
  if (result.dtype() != y.dtype() || result.count() * chunks.batch != y.count() * images) {
    throw Error(ErrorCode::internal, "in_chunks: a chunk returned ", shape_text(result.shape()),
                " of ", shape_text(y.shape()), " in all");
  }
  const size_t image_bytes = y.bytes() / static_cast<size_t>(chunks.batch);
  std::memcpy(
      static_cast<uint8_t*>(const_cast<void*>(y.raw())) + static_cast<size_t>(begin) * image_bytes,
      result.raw(), result.bytes());
}

}  // namespace

Tensor cpu_in_chunks(const Tensor& x, int64_t bytes,
                     const std::function<Tensor(const Tensor&)>& fn) {
  const int64_t batch = x.dim(0), threads = thread_count();
  const bool alone = threads == 1 || in_parallel_loop();
  Tensor y;
  if (!alone && divides_evenly(batch, threads)) {
    // A thread's images stay in its cache, and threads do not wait for each other at each layer.
    const int64_t rounds = chunks_of((batch + threads - 1) / threads, bytes, kSharedBytes);
    const Chunks chunks{batch, std::min(batch, rounds * threads)};
    std::vector<Tensor> results(static_cast<size_t>(chunks.count));
    parallel_for(chunks.count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t chunk = begin; chunk < end; ++chunk)
        results[static_cast<size_t>(chunk)] = fn(chunks.of(x, chunk));
    });
    for (int64_t chunk = 0; chunk < chunks.count; ++chunk)
      place(chunks, chunk, results[static_cast<size_t>(chunk)], y);
    return y;
  }
  const Chunks chunks{batch, chunks_of(batch, bytes, alone ? kOwnBytes : kSharedBytes)};
  if (chunks.count <= 1) return fn(x);
  for (int64_t chunk = 0; chunk < chunks.count; ++chunk)
    place(chunks, chunk, fn(chunks.of(x, chunk)), y);
  return y;
}

}  // namespace sightline
