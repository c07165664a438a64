// One place that decides how loops use the cores: OpenMP, the pool that oneDNN and libtorch use
// too, so that nobody competes for cores with a second pool.
#pragma once

#include <cstdint>
#include <functional>

namespace sightline {

// Calls fn(begin, end) over parts that together cover [0, count), on up to thread_count() threads.
// Parts are at least `grain` long. An exception thrown by fn is rethrown here (the first one).
// Inside another parallel_for it runs in the calling thread.
void parallel_for(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& fn);

// Calls fn(worker, i) once for every i in [0, count): each of up to thread_count() workers takes
// the next i when it is done with one, so that items of unequal cost keep all of them busy. What
// one worker (0 <= worker < thread_count()) is given never overlaps, so it may have memory of its
// own. After an exception no further item is begun, and the first one is rethrown here.
void parallel_each(int64_t count, const std::function<void(int worker, int64_t i)>& fn);

int thread_count();

}  // namespace sightline
