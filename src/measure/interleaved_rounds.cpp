#include "measure/interleaved_rounds.h"

#include <algorithm>
#include <chrono>

namespace sightline {
namespace {

double seconds_per_run(const std::function<void()>& job, double least_seconds) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  int runs = 0;
  std::chrono::duration<double> took{};
  do {
    job();
    ++runs;
    took = Clock::now() - start;
  } while (took.count() < least_seconds);
  return took.count() / runs;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

std::vector<Timing> run_interleaved(const std::vector<std::function<void()>>& jobs, int rounds,
                                    double least_seconds) {
  std::vector<std::vector<double>> times(jobs.size());
  for (const auto& job : jobs) job();
  for (int round = 0; round < std::max(1, rounds); ++round) {
    for (size_t i = 0; i < jobs.size(); ++i)
      times[i].push_back(seconds_per_run(jobs[i], least_seconds));
  }
  std::vector<Timing> timings;
  for (const auto& list : times)
    timings.push_back({median(list), *std::min_element(list.begin(), list.end())});
  return timings;
}

}  // namespace sightline
