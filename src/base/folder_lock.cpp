#include "base/folder_lock.h"

#include <fcntl.h>
#include <sightline/error.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sightline {

FolderLock::FolderLock(const std::filesystem::path& file, const std::string& holder) : file_(file) {
  fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd_ < 0) {
    throw Error(ErrorCode::io, "cannot write to '", file.parent_path().string(),
                "': ", std::strerror(errno));
  }
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    const bool busy = errno == EWOULDBLOCK;
    const std::string reason = std::strerror(errno);
    ::close(fd_);
    throw Error(ErrorCode::io, busy ? holder + " is using '" + file.parent_path().string() + "'"
                                    : "cannot lock '" + file.string() + "': " + reason);
  }
}

FolderLock::~FolderLock() {
  // The file is removed while the lock is held, so that the next process creates a new one.
  ::unlink(file_.c_str());
  ::close(fd_);
}

}  // namespace sightline
