#include "feedback/feedback_database.h"

#include <sightline/error.h>

#include <chrono>

#include "base/text.h"
#include "library/store/paths.h"

namespace sightline::feedback {

namespace fs = std::filesystem;
using library::Database;

namespace {

// Others hold locks for milliseconds, and a server's threads must not wait for long.
constexpr int kBusyMs = 5000;

}  // namespace

FeedbackDatabase::FeedbackDatabase(const fs::path& library)
    : library_(library), file_(library::feedback_file(library)) {
  check_library();
  open(reader_, Database::Mode::read);
}

void FeedbackDatabase::check_library() const {
  std::error_code ignored;
  if (fs::exists(library::catalogue_file(library_), ignored)) return;
  throw Error(ErrorCode::not_found, "there is no library in ", quoted(library_),
              "; 'sightline index FOLDER' makes one");
}

bool FeedbackDatabase::open(Connection& connection, Database::Mode mode) {
  std::error_code ignored;
  const bool exists = fs::exists(file_, ignored);
  if (exists && connection.database && !connection.database->is_stale()) return true;
  connection.database.reset();
  if (!exists) return false;
  connection.database = library::open_feedback_file(file_, mode);
  connection.database->wait_for_locks(kBusyMs);
  ++connection.openings;
  return true;
}

void FeedbackDatabase::open_for_writing() {
  check_library();
  if (open(writer_, Database::Mode::write)) return;
  library::create_feedback_file(file_);
  if (!open(writer_, Database::Mode::write))
    throw Error(ErrorCode::io, "cannot create ", quoted(file_));
}

int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace sightline::feedback
