// Parallel loops on OpenMP threads. oneDNN and libtorch use the same thread pool, so that no second
// pool competes for the cores.
#pragma once

#include <cstdint>
#include <functional>

namespace sightline {

// Calls fn(begin, end) for ranges that partition [0, count), on up to thread_count() threads
// (static scheduling). Ranges have at least `grain` elements unless count is smaller. Waits for all
// calls, then rethrows the first exception. Nested calls run in the calling thread.
void parallel_for(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& fn);

// Calls fn(worker, i) once for every i in [0, count), on up to thread_count() threads. A worker
// that finishes an item continues with the next one (dynamic scheduling), which suits items of
// unequal cost. Calls with the same worker, 0 <= worker < thread_count(), never overlap, so
// per-worker buffers need no locks. After an exception no further items are started, and the first
// exception is rethrown. Nested calls run in the calling thread.
void parallel_each(int64_t count, const std::function<void(int worker, int64_t i)>& fn);

// Whether the caller is inside a parallel loop, so that loops of its own run in this thread.
bool in_parallel_loop();

// Returns the maximum number of threads of a parallel loop: OMP_NUM_THREADS, or the number of
// processors that this process may use.
int thread_count();

}  // namespace sightline
