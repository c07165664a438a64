// A thread that reads the next items while the caller works on those before.
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

// Items of `next` in their order, read by one thread of its own that is at most `max_items` items
// and about `max_bytes` bytes ahead (one item may be larger; then it waits alone). The thread only
// reads: it sleeps while storage works and while there is enough, so that it takes next to nothing
// from the cores that compute.
template <typename T>
class ReadAhead {
 public:
  // `read` gives an item or, at the end, nothing; it is called by that thread only. `bytes` says
  // what an item holds.
  ReadAhead(std::function<std::optional<T>()> read, std::function<size_t(const T&)> bytes,
            size_t max_items, size_t max_bytes)
      : read_(std::move(read)),
        bytes_(std::move(bytes)),
        max_items_(max_items),
        max_bytes_(max_bytes),
        thread_([this] { run(); }) {}

  // Waits for the item that is being read; what is read already is dropped.
  ~ReadAhead() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    room_.notify_one();
    thread_.join();
  }

  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // The next item, or nothing at the end. Rethrows what `read` threw, after the items before it.
  std::optional<T> next() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return !items_.empty() || finished_; });
    if (items_.empty()) {
      if (failure_) std::rethrow_exception(failure_);
      return std::nullopt;
    }
    T item = std::move(items_.front());
    items_.pop_front();
    held_ -= bytes_(item);
    lock.unlock();
    room_.notify_one();
    return item;
  }

 private:
  bool full() const {
    return !items_.empty() && (items_.size() >= max_items_ || held_ >= max_bytes_);
  }

  void run() {
    std::unique_lock lock(mutex_);
    while (!stopped_) {
      room_.wait(lock, [this] { return stopped_ || !full(); });
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
      held_ += bytes_(*item);
      items_.push_back(std::move(*item));
      ready_.notify_one();
    }
    finished_ = true;
    ready_.notify_one();
  }

  const std::function<std::optional<T>()> read_;
  const std::function<size_t(const T&)> bytes_;
  const size_t max_items_;
  const size_t max_bytes_;
  std::mutex mutex_;
  std::condition_variable ready_;  // an item, or the end
  std::condition_variable room_;   // for another
  std::deque<T> items_;
  size_t held_ = 0;
  bool stopped_ = false;
  bool finished_ = false;
  std::exception_ptr failure_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace sightline
