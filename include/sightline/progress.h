// Progress callbacks of long-running functions. The library itself never prints.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace sightline {

struct ProgressUpdate {
  std::string stage;       // "encoding images", "training" …
  int64_t done = 0;        // number of finished items
  int64_t total = -1;      // number of all items; -1: unknown
  std::string note;        // additional text such as "loss 1.23"; may be empty
  std::string event = {};  // a sentence to keep, such as an epoch's figures; usually empty
};

// Receives progress updates. Calls do not overlap; there is at most one per finished batch. It
// may throw Error with ErrorCode::cancelled to stop the work. An empty function disables updates.
using ProgressFn = std::function<void(const ProgressUpdate&)>;

}  // namespace sightline
