#include "base/folder_lock.h"

#include <fcntl.h>
#include <sightline/error.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sightline {

FolderLock::FolderLock(const std::filesystem::path& file, const std::string& holder) : file_(file) {
  while (!lock(holder)) {
  }
}

// Returns false if the previous holder removed the file after it was opened here.
bool FolderLock::lock(const std::string& holder) {
  fd_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd_ < 0) {
    throw Error(ErrorCode::io, "cannot write to '", file_.parent_path().string(),
                "': ", std::strerror(errno));
  }
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    if (error == ENOLCK || error == EOPNOTSUPP || error == ENOSYS) return true;
    ::close(fd_);
    throw Error(ErrorCode::io,
                error == EWOULDBLOCK
                    ? holder + " is using '" + file_.parent_path().string() + "'"
                    : "cannot lock '" + file_.string() + "': " + std::strerror(error));
  }
  struct stat info {};
  if (::fstat(fd_, &info) != 0 || info.st_nlink > 0) return true;
  ::close(fd_);
  return false;
}

FolderLock::~FolderLock() {
  // The file is removed while the lock is held, so that the next process creates a new one.
  ::unlink(file_.c_str());
  ::close(fd_);
}

}  // namespace sightline
