#include "measure/read_bandwidth.h"

#include <atomic>
#include <vector>

#include "base/parallel.h"
#include "measure/interleaved_rounds.h"

namespace sightline {
namespace {

// Eight independent sums, so that loads are the limit and not the latency of an addition.
uint64_t sum(const uint64_t* values, int64_t count) {
  constexpr int kLanes = 8;
  uint64_t lanes[kLanes] = {};
  for (int64_t i = 0; i + kLanes <= count; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) lanes[lane] += values[i + lane];
  }
  uint64_t all = 0;
  for (const uint64_t lane : lanes) all += lane;
  return all;
}

}  // namespace

double read_bandwidth(int64_t bytes, int rounds) {
  const std::vector<uint64_t> memory(static_cast<size_t>(bytes / 8), 1);
  constexpr int64_t kPart = 1 << 17;  // 1 MiB: balances the threads
  std::atomic<uint64_t> total = 0;
  const auto read = [&] {
    parallel_for(static_cast<int64_t>(memory.size()), kPart, [&](int64_t begin, int64_t end) {
      total += sum(memory.data() + begin, end - begin);
    });
  };
  const auto timing = run_interleaved({read}, rounds, 0);
  return static_cast<double>(memory.size() * 8) / timing[0].median;
}

}  // namespace sightline
