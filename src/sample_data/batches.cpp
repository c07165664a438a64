#include "sample_data/batches.h"

#include <algorithm>

#include "base/parallel.h"

namespace sightline {

void for_each_batch(size_t count, const std::string& stage, const ProgressFn& progress,
                    const std::function<void(size_t, size_t)>& fn) {
  constexpr size_t kBatch = 32;
  const size_t report = 4 * kBatch * static_cast<size_t>(thread_count());
  for (size_t begin = 0; begin < count; begin += report) {
    const size_t end = std::min(count, begin + report);
    const size_t batches = (end - begin + kBatch - 1) / kBatch;
    parallel_each(static_cast<int64_t>(batches), [&](int, int64_t i) {
      const size_t first = begin + static_cast<size_t>(i) * kBatch;
      fn(first, std::min(end, first + kBatch));
    });
    if (progress) progress({stage, static_cast<int64_t>(end), static_cast<int64_t>(count), ""});
  }
}

}  // namespace sightline
