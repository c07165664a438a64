// A bounded queue whose jobs are run in batches by worker threads.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace sightline::server {

using BatchClock = std::chrono::steady_clock;

template <typename Job>
struct BatcherOptions {
  int workers = 1;        // threads
  size_t capacity = 256;  // jobs that wait
  size_t max_batch = 32;
  BatchClock::duration max_wait = BatchClock::duration::max();

  // The functions are called on the worker threads, without a lock.
  std::function<void(std::vector<Job>)> run;  // jobs of one key, oldest first
  std::function<void(Job)> expired;           // it waited longer than max_wait, and is not run
  // Before each batch: the time that each of its jobs has waited, in seconds.
  std::function<void(std::span<const double> wait_s)> statistics = {};
  // An exception that `run` or `expired` has thrown; the worker goes on.
  std::function<void(std::exception_ptr)> failed = {};
  std::function<BatchClock::time_point()> now = BatchClock::now;
};

// `Job` is movable and has a member `key` that can be compared with ==. A worker takes the job that
// waits longest, and the next ones of the same key up to max_batch. Thread-safe.
template <typename Job>
class Batcher {
 public:
  explicit Batcher(BatcherOptions<Job> options) : options_(std::move(options)) {
    for (int i = 0; i < options_.workers; ++i) threads_.emplace_back([this] { work(); });
  }
  ~Batcher() { stop(); }
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  // Returns false, and leaves the job, if the queue is full or stop() was called.
  bool add(Job&& job) {
    {
      const std::lock_guard lock(mutex_);
      if (stopped_ || waiting_.size() >= options_.capacity) return false;
      waiting_.push_back({std::move(job), options_.now()});
    }
    ready_.notify_one();
    return true;
  }

  // Jobs that wait.
  size_t length() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

  // Accepts no more jobs, finishes those that were accepted, and ends the threads. Not from a
  // worker thread.
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    ready_.notify_all();
    const std::lock_guard lock(stop_mutex_);
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  struct Waiting {
    Job job;
    BatchClock::time_point added;
  };
  // Jobs that were taken from the queue together.
  struct Taken {
    std::vector<Job> batch, expired;
    std::vector<double> wait_s;  // of the batch
  };

  void work() {
    for (;;) {
      Taken taken;
      {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        taken = take();
      }
      for (Job& job : taken.expired) guard([&] { options_.expired(std::move(job)); });
      if (taken.batch.empty()) continue;
      guard([&] {
        if (options_.statistics) options_.statistics(taken.wait_s);
        options_.run(std::move(taken.batch));
      });
    }
  }

  // With the lock.
  Taken take() {
    Taken out;
    const BatchClock::time_point now = options_.now();
    // The queue is in the order of time: expired jobs are its first ones.
    while (!waiting_.empty() && now - waiting_.front().added > options_.max_wait) {
      out.expired.push_back(std::move(waiting_.front().job));
      waiting_.pop_front();
    }
    if (waiting_.empty()) return out;
    const auto key = waiting_.front().job.key;
    std::deque<Waiting> rest;
    for (Waiting& waiting : waiting_) {
      if (out.batch.size() == options_.max_batch || !(waiting.job.key == key)) {
        rest.push_back(std::move(waiting));
        continue;
      }
      out.wait_s.push_back(std::chrono::duration<double>(now - waiting.added).count());
      out.batch.push_back(std::move(waiting.job));
    }
    waiting_ = std::move(rest);
    return out;
  }

  template <typename Fn>
  void guard(const Fn& fn) {
    try {
      fn();
    } catch (...) {
      if (options_.failed) options_.failed(std::current_exception());
    }
  }

  BatcherOptions<Job> options_;
  mutable std::mutex mutex_;
  std::mutex stop_mutex_;  // of threads_
  std::condition_variable ready_;
  std::deque<Waiting> waiting_;  // oldest first
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sightline::server
