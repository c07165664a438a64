#include "feedback/feedback_database.h"

#include <sightline/error.h>

#include <chrono>

#include "base/text.h"
#include "library/store/paths.h"

namespace sightline::feedback {

namespace fs = std::filesystem;
using library::Database;

FeedbackDatabase::FeedbackDatabase(const fs::path& library)
    : file_(library::feedback_file(library)) {
  std::error_code ignored;
  if (!fs::exists(library::catalogue_file(library), ignored)) {
    throw Error(ErrorCode::not_found, "there is no library in ", quoted(library),
                "; 'sightline index FOLDER' makes one");
  }
  open_for_reading();
}

bool FeedbackDatabase::open_for_reading() {
  std::error_code ignored;
  if (database_ == nullptr && fs::exists(file_, ignored))
    database_ = library::open_feedback_file(file_, Database::Mode::read);
  return database_ != nullptr;
}

void FeedbackDatabase::open_for_writing() {
  if (writable_) return;
  library::create_feedback_file(file_);
  database_ = library::open_feedback_file(file_, Database::Mode::write);
  writable_ = true;
}

int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace sightline::feedback
