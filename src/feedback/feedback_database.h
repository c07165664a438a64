// The database of judgements and corrections of one library, shared by several threads.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "library/catalogue/feedback_file.h"

namespace sightline::feedback {

class FeedbackDatabase {
 public:
  // Throws not_found if there is no library, and what open_feedback_file throws.
  explicit FeedbackDatabase(const std::filesystem::path& library);

  const std::filesystem::path& file() const { return file_; }

  // Calls fn with the database while no other thread uses it, or returns `none` if there is none.
  template <typename Result, typename Fn>
  Result read(Result none, const Fn& fn) {
    const std::lock_guard lock(mutex_);
    return open_for_reading() ? fn(*database_) : std::move(none);
  }

  // Calls fn in a transaction, and creates the database before if there is none. Returns what fn
  // returns.
  template <typename Fn>
  auto write(const Fn& fn) {
    const std::lock_guard lock(mutex_);
    open_for_writing();
    library::Transaction transaction(*database_);
    auto result = fn(*database_);
    transaction.commit();
    return result;
  }

 private:
  bool open_for_reading();  // returns whether there is a database
  void open_for_writing();

  std::filesystem::path file_;
  std::mutex mutex_;
  std::unique_ptr<library::Database> database_;
  bool writable_ = false;
};

// Milliseconds since 1970.
int64_t now_ms();

}  // namespace sightline::feedback
