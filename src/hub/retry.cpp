#include "hub/retry.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/text.h"
#include "hub/http.h"

namespace sightline::hub {
namespace {

constexpr int64_t kMaxWaitMs = 30'000;
constexpr int64_t kMaxRequestedWaitMs = 300'000;

void wait(int64_t milliseconds, const StopFn& stop) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(milliseconds);
  while (Clock::now() < end) {
    if (stop && stop()) throw Error(ErrorCode::cancelled, "the download was stopped");
    const auto left = end - Clock::now();
    std::this_thread::sleep_for(std::min<Clock::duration>(left, std::chrono::milliseconds(50)));
  }
}

}  // namespace

void with_retries(const HubSettings& settings, const StopFn& stop,
                  const std::function<int64_t()>& progress_mark,
                  const std::function<void()>& request) {
  int failed = 0;
  int64_t wait_ms = settings.initial_wait_ms;
  for (;;) {
    const int64_t before = progress_mark();
    try {
      request();
      return;
    } catch (const TransientError& failure) {
      if (progress_mark() != before) {
        failed = 0;
        wait_ms = settings.initial_wait_ms;
      }
      ++failed;
      const int64_t requested_ms = failure.wait_ms();
      if (failed >= settings.attempts || requested_ms > kMaxRequestedWaitMs) {
        std::string note = "; gave up after " + counted(failed, "attempt");
        if (requested_ms > kMaxRequestedWaitMs)
          note += ", because it requests a wait of " + std::to_string(requested_ms / 1000) + " s";
        throw Error(failure.code(), failure.what() + note);
      }
      wait(requested_ms >= 0 ? requested_ms : wait_ms, stop);
      wait_ms = std::min(wait_ms * 2, kMaxWaitMs);
    }
  }
}

}  // namespace sightline::hub
