// ReadAhead: reads items in a background thread while the caller processes earlier ones.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace sightline {

// A bounded queue filled by one background thread. Items keep their order. The thread stops reading
// while max_items items or max_bytes bytes are queued; the last item may exceed max_bytes. It only
// reads, so it is mostly blocked on I/O and leaves the cores to the computation.
// next() must be called from one thread at a time.
template <typename T>
class ReadAhead {
 public:
  // `read` returns the next item, or std::nullopt at the end; it is called only by the background
  // thread. `bytes` returns an item's size.
  ReadAhead(std::function<std::optional<T>()> read, std::function<size_t(const T&)> bytes,
            size_t max_items, size_t max_bytes)
      : read_(std::move(read)),
        bytes_(std::move(bytes)),
        max_items_(max_items),
        max_bytes_(max_bytes),
        thread_([this] { run(); }) {}

  // Waits until the current call of `read` returns, and discards the queued items.
  ~ReadAhead() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    not_full_.notify_one();
    thread_.join();
  }

  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // Returns the next item, or std::nullopt at the end. If `read` has thrown, rethrows the exception
  // after the items read before it.
  std::optional<T> next() {
    std::unique_lock lock(mutex_);
    not_empty_.wait(lock, [this] { return !items_.empty() || finished_; });
    if (items_.empty()) {
      if (failure_) std::rethrow_exception(failure_);
      return std::nullopt;
    }
    T item = std::move(items_.front());
    items_.pop_front();
    queued_bytes_ -= bytes_(item);
    lock.unlock();
    not_full_.notify_one();
    return item;
  }

 private:
  bool full() const {
    return !items_.empty() && (items_.size() >= max_items_ || queued_bytes_ >= max_bytes_);
  }

  void run() {
    std::unique_lock lock(mutex_);
    while (!stopped_) {
      not_full_.wait(lock, [this] { return stopped_ || !full(); });
      if (stopped_) break;
      lock.unlock();
      std::optional<T> item;
      std::exception_ptr failure;
      try {
        item = read_();
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      if (!item) {
        failure_ = failure;
        break;
      }
      queued_bytes_ += bytes_(*item);
      items_.push_back(std::move(*item));
      not_empty_.notify_one();
    }
    finished_ = true;
    not_empty_.notify_one();
  }

  const std::function<std::optional<T>()> read_;
  const std::function<size_t(const T&)> bytes_;
  const size_t max_items_;
  const size_t max_bytes_;
  std::mutex mutex_;
  std::condition_variable not_empty_;  // an item is queued, or reading has finished
  std::condition_variable not_full_;   // there is room for an item, or the reader is destroyed
  std::deque<T> items_;
  size_t queued_bytes_ = 0;
  bool stopped_ = false;
  bool finished_ = false;
  std::exception_ptr failure_;
  std::thread thread_;  // last, because it uses the members above
};

}  // namespace sightline
