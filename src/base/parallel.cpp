#include "base/parallel.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace sightline {
namespace {

#if defined(__SANITIZE_THREAD__)
// Builds with the thread sanitizer use std::thread: GCC's OpenMP runtime is not instrumented, so
// the sanitizer would not see its barriers and report every loop.
thread_local bool inside = false;

bool already_parallel() {
  return inside;
}

template <typename Fn>
void run_parts(int64_t parts, const Fn& fn) {
  std::vector<std::thread> threads;
  for (int64_t part = 0; part < parts; ++part) {
    threads.emplace_back([part, &fn] {
      inside = true;
      fn(part);
    });
  }
  for (std::thread& thread : threads) thread.join();
}
#else
bool already_parallel() {
  return omp_in_parallel() != 0;
}

template <typename Fn>
void run_parts(int64_t parts, const Fn& fn) {
#pragma omp parallel for num_threads(static_cast <int>(parts)) schedule(static, 1)
  for (int64_t part = 0; part < parts; ++part) fn(part);
}
#endif

}  // namespace

bool in_parallel_loop() {
  return already_parallel();
}

int thread_count() {
  return omp_get_max_threads();
}

void parallel_for(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& fn) {
  if (count <= 0) return;
  const int64_t wanted = std::max<int64_t>(1, count / std::max<int64_t>(1, grain));
  const int64_t parts = std::min<int64_t>(thread_count(), wanted);
  if (parts <= 1 || already_parallel()) {
    fn(0, count);
    return;
  }
  // An exception that leaves an OpenMP region would terminate the program.
  std::exception_ptr failure;
  std::mutex failure_mutex;
  run_parts(parts, [&](int64_t part) {
    try {
      fn(count * part / parts, count * (part + 1) / parts);
    } catch (...) {
      const std::lock_guard lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
  });
  if (failure) std::rethrow_exception(failure);
}

void parallel_each(int64_t count, const std::function<void(int, int64_t)>& fn) {
  std::atomic<int64_t> next{0};
  const auto work = [&](int64_t worker) {
    for (int64_t i; (i = next.fetch_add(1)) < count;) fn(static_cast<int>(worker), i);
  };
  const int64_t workers = std::min<int64_t>(thread_count(), count);
  if (workers <= 1 || already_parallel()) return work(0);
  std::exception_ptr failure;
  std::mutex failure_mutex;
  run_parts(workers, [&](int64_t worker) {
    try {
      work(worker);
    } catch (...) {
      next = count;
      const std::lock_guard lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
  });
  if (failure) std::rethrow_exception(failure);
}

}  // namespace sightline
