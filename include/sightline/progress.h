// How long work tells about itself. The library never prints; it calls this.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace sightline {

struct ProgressUpdate {
  std::string stage;   // "encoding images", "training" …
  int64_t done = 0;    // items finished so far
  int64_t total = -1;  // all items; -1 where nobody knows
  std::string note;    // optional extra, such as "loss 1.23"
};

// Called from one thread at a time, at most once per finished batch. May throw Error{cancelled}
// to stop the work. An empty function is allowed and means silence.
using ProgressFn = std::function<void(const ProgressUpdate&)>;

}  // namespace sightline
