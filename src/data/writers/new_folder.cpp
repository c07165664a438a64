#include "data/writers/new_folder.h"

#include <fcntl.h>
#include <sightline/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

#include "base/file.h"
#include "base/temporary_path.h"
#include "base/text.h"
#include "data/unfinished.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
constexpr const char* kInnerName = "content";  // of a temporary folder in the target

// "out/" and "link/" as the folder that they name.
fs::path folder_path(const fs::path& path) {
  fs::path absolute = fs::absolute(path).lexically_normal();
  if (!absolute.has_filename()) absolute = absolute.parent_path();
  std::error_code error;
  const fs::path target = fs::canonical(absolute, error);  // an error if it does not exist
  return error ? absolute : target;
}

void require_new(const fs::path& given, const fs::path& target) {
  std::error_code error;
  if (!fs::exists(target, error)) return;
  if (fs::is_directory(target, error) && fs::is_empty(target, error)) return;
  if (is_unfinished(target)) {
    throw Error(ErrorCode::invalid_argument, quoted(given),
                " is an incomplete data set: it is still being written, or that was interrupted; "
                "delete its content, then run the command again");
  }
  throw Error(ErrorCode::invalid_argument, quoted(given),
              " already exists; expected a new or empty folder");
}

// Whether a folder is a mount point, also of a folder of the same file system (mount --bind).
bool is_mount_point(const fs::path& folder) {
  struct statx info {};
  if (::statx(AT_FDCWD, folder.c_str(), 0, STATX_BASIC_STATS, &info) == 0 &&
      (info.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0)
    return (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  struct stat own {
  }, parent{};  // Linux before 5.8
  return ::stat(folder.c_str(), &own) == 0 &&
         (::stat(folder.parent_path().c_str(), &parent) != 0 || own.st_dev != parent.st_dev);
}

// Whether an existing folder cannot be replaced by renaming another one to its name.
bool cannot_be_replaced(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder, error) &&
         (is_mount_point(folder) || ::access(folder.parent_path().c_str(), W_OK | X_OK) != 0);
}

}  // namespace

NewFolder::NewFolder(const fs::path& target) : target_(folder_path(target)) {
  remove_leftovers(target_);
  remove_leftovers(target_ / kInnerName);
  require_new(target, target_);
  make_folder(target_.parent_path());
  inside_ = cannot_be_replaced(target_);
  temporary_ = std::make_unique<TemporaryPath>(inside_ ? target_ / kInnerName : target_,
                                               TemporaryPath::Kind::folder);
  std::error_code ignored;
  const fs::perms mode = fs::status(target_, ignored).permissions();
  if (fs::exists(target_, ignored)) fs::permissions(path(), mode, ignored);
  mark_unfinished(path());
}

NewFolder::~NewFolder() = default;

const fs::path& NewFolder::path() const {
  return temporary_->path();
}

void NewFolder::finish() {
  if (::syncfs(temporary_->descriptor()) != 0) {
    throw Error(ErrorCode::io, "cannot write ", quoted(target_), ": ", std::strerror(errno));
  }
  if (inside_) {
    move_content();
  } else {
    unmark_unfinished(path());
    temporary_->commit();
  }
  temporary_.reset();
}

void NewFolder::move_content() {
  mark_unfinished(target_);
  const std::vector<fs::path> entries = folder_entries(path());
  unmark_unfinished(path());
  for (const fs::path& entry : entries) {
    std::error_code error;
    if (!fs::exists(entry, error)) continue;  // the mark
    fs::rename(entry, target_ / entry.filename(), error);
    if (error) {
      throw Error(ErrorCode::io, "cannot write ", quoted(target_ / entry.filename()), ": ",
                  error.message());
    }
  }
  unmark_unfinished(target_);
}

}  // namespace sightline
