#include "backend/cpu/in_chunks.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>
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

// The results of all chunks as one tensor. place() may be called by several threads.
class Results {
 public:
  explicit Results(const Chunks& chunks) : chunks_(chunks) {}

  void place(int64_t chunk, const Tensor& result) {
    const int64_t begin = chunks_.begin(chunk), images = chunks_.begin(chunk + 1) - begin;
    const size_t image_bytes = prepare(result, begin, images);
    std::memcpy(static_cast<uint8_t*>(const_cast<void*>(all_.raw())) +
                    static_cast<size_t>(begin) * image_bytes,
                result.raw(), result.bytes());
  }
  Tensor all() {
    if (ranged_ == chunks_.batch) all_.set_ranges(std::move(ranges_));
    return all_;
  }

 private:
  // The first result determines the shape. Returns an image's bytes.
  size_t prepare(const Tensor& result, int64_t begin, int64_t images) {
    const std::lock_guard lock(mutex_);
    if (!all_.defined()) {
      Shape shape = result.shape();
      shape[0] = chunks_.batch;
      all_ = Tensor(std::move(shape), result.dtype());
      ranges_.resize(static_cast<size_t>(chunks_.batch));
    }
    if (result.dtype() != all_.dtype() || result.count() * chunks_.batch != all_.count() * images) {
      throw Error(ErrorCode::internal, "in_chunks: a chunk returned ", shape_text(result.shape()),
                  " of ", shape_text(all_.shape()), " in all");
    }
    std::copy(result.ranges().begin(), result.ranges().end(), ranges_.begin() + begin);
    ranged_ += static_cast<int64_t>(result.ranges().size());
    return all_.bytes() / static_cast<size_t>(chunks_.batch);
  }

  const Chunks& chunks_;
  std::mutex mutex_;
  Tensor all_;
  std::vector<NumberRange> ranges_;
  int64_t ranged_ = 0;  // images that have ranges
};

}  // namespace

Tensor cpu_in_chunks(const Tensor& x, int64_t bytes,
                     const std::function<Tensor(const Tensor&)>& fn) {
  const int64_t batch = x.dim(0), threads = thread_count();
  const bool alone = threads == 1 || in_parallel_loop();
  if (!alone && divides_evenly(batch, threads)) {
    // A thread's images stay in its cache, and threads do not wait for each other at each layer.
    const int64_t rounds = chunks_of((batch + threads - 1) / threads, bytes, kSharedBytes);
    const Chunks chunks{batch, std::min(batch, rounds * threads)};
    Results results(chunks);
    parallel_for(chunks.count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t chunk = begin; chunk < end; ++chunk)
        results.place(chunk, fn(chunks.of(x, chunk)));
    });
    return results.all();
  }
  const Chunks chunks{batch, chunks_of(batch, bytes, alone ? kOwnBytes : kSharedBytes)};
  if (chunks.count <= 1) return fn(x);
  Results results(chunks);
  for (int64_t chunk = 0; chunk < chunks.count; ++chunk)
    results.place(chunk, fn(chunks.of(x, chunk)));
  return results.all();
}

}  // namespace sightline
