// Retries after transient errors.
#pragma once

#include <sightline/hub.h>
#include <cstdint>
#include <functional>

#include "hub/http.h"

namespace sightline::hub {

// Calls `request` until it returns without TransientError, at most settings.attempts times in a row
// without progress (no change of progress_mark()). Between attempts it waits as long as the server
// requests, or settings.initial_wait_ms, doubled each time. Throws io after the last attempt or if
// the server requests more than five minutes; cancelled.
void with_retries(const HubSettings& settings, const StopFn& stop,
                  const std::function<int64_t()>& progress_mark,
                  const std::function<void()>& request);

}  // namespace sightline::hub
