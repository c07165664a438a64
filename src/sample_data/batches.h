// Work on many items on all cores.
#pragma once

#include <sightline/progress.h>

#include <cstddef>
#include <functional>
#include <string>

namespace sightline {

// Calls fn(begin, end) for ranges of at most 32 items that partition [0, count), on all cores, and
// reports progress after 4 of them per core. fn may throw.
void for_each_batch(size_t count, const std::string& stage, const ProgressFn& progress,
                    const std::function<void(size_t, size_t)>& fn);

}  // namespace sightline
