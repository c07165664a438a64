// Source: filelock/_unix.py (UnixFileLock), huggingface_hub/utils/_fixes.py (WeakFileLock)
#include "hub/file_lock.h"

#include <fcntl.h>
#include <sightline/error.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace sightline::hub {
namespace {

int open_lock(const std::filesystem::path& file) {
  constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
  int fd = ::open(file.c_str(), kFlags | O_CREAT | O_EXCL, 0664);
  if (fd >= 0) {
    ::fchmod(fd, 0664);  // regardless of the umask: users may share the cache
  } else if (errno == EEXIST) {
    fd = ::open(file.c_str(), kFlags);
  }
  if (fd < 0 && errno != ENOENT) {
    throw Error(ErrorCode::io, "cannot open the lock '", file.string(),
                "': ", std::strerror(errno));
  }
  return fd;  // -1 if the file was removed between the two calls
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& file, const StopFn& stop) {
  for (;;) {
    fd_ = open_lock(file);
    if (fd_ >= 0) {
      if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) {
        struct stat info {};
        held_ = ::fstat(fd_, &info) == 0 && info.st_nlink > 0;
        if (held_) return;  // otherwise the file was removed before it was locked
      } else if (errno != EWOULDBLOCK && errno != EACCES && errno != EINTR) {
        return;  // the file system does not support locks
      }
      ::close(fd_);
      fd_ = -1;
    }
    if (stop && stop()) throw Error(ErrorCode::cancelled, "the download was stopped");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace sightline::hub
