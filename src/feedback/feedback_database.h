// The database of judgements and corrections of one library, shared by several threads.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "library/catalogue/feedback_file.h"

namespace sightline::feedback {

// Opens the file again when another one has taken its place, such as a restored copy.
class FeedbackDatabase {
 public:
  // Throws not_found if there is no library, and what open_feedback_file throws.
  explicit FeedbackDatabase(const std::filesystem::path& library);

  const std::filesystem::path& file() const { return file_; }

  // Calls fn with the database while no other thread reads it, or returns `none` if there is none.
  // Does not wait for those that write.
  template <typename Result, typename Fn>
  Result read(Result none, const Fn& fn) {
    const std::lock_guard lock(reader_.mutex);
    return open(reader_, library::Database::Mode::read) ? fn(*reader_.database) : std::move(none);
  }

  // Calls fn in a transaction, and creates the database before if there is none. Returns what fn
  // returns. Throws not_found if the library is gone, and io if another program locks the database
  // for long.
  template <typename Fn>
  auto write(const Fn& fn) {
    const std::lock_guard lock(writer_.mutex);
    open_for_writing();
    library::Transaction transaction(*writer_.database);
    auto result = fn(*writer_.database);
    transaction.commit();
    return result;
  }

  // The number of times that the file was opened for reading. To be called by the fn of read().
  int64_t openings() const { return reader_.openings; }

 private:
  struct Connection {
    std::mutex mutex;
    std::unique_ptr<library::Database> database;
    int64_t openings = 0;
  };

  // Returns whether there is a file.
  bool open(Connection& connection, library::Database::Mode mode);
  void open_for_writing();
  void check_library() const;

  std::filesystem::path library_, file_;
  Connection reader_, writer_;
};

// Milliseconds since 1970.
int64_t now_ms();

}  // namespace sightline::feedback
