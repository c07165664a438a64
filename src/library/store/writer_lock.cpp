#include "library/store/writer_lock.h"

#include <fcntl.h>
#include <sightline/error.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/text.h"

namespace sightline::library {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

// "'sightline index' (process 4711 on host)"
std::string holder_of(int fd) {
  std::array<char, 512> text{};
  const ssize_t size = ::pread(fd, text.data(), text.size() - 1, 0);
  return size > 0 ? printable(std::string_view(text.data(), static_cast<size_t>(size)))
                  : "another process";
}

}  // namespace

bool WriterLock::try_lock() {
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  const int error = errno;
  ::close(fd_);
  throw Error(ErrorCode::io, "cannot lock ", quoted(file_), ": ", std::strerror(error),
              "; a library needs a file system with locks");
}

WriterLock::WriterLock(const std::filesystem::path& file, const std::string& purpose, bool wait,
                       const ProgressFn& progress)
    : file_(file) {
  fd_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd_ < 0) {
    throw Error(ErrorCode::io, "cannot write to the library ", quoted(file_.parent_path()), ": ",
                std::strerror(errno));
  }
  constexpr int kAttempts = 5;  // lock_holder() holds the lock for a moment
  for (int attempt = 1; !try_lock(); ++attempt) {
    const std::string holder = holder_of(fd_);
    try {
      if (!wait && attempt == kAttempts) {
        throw Error(ErrorCode::io, "the library ", quoted(file_.parent_path()),
                    " is in use: ", holder, " writes to it");
      }
      if (wait && progress) progress({"waiting for " + holder, 0, -1, "", ""});
    } catch (...) {
      ::close(fd_);
      throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(wait ? 200 : 10));
  }
  const std::string text = message("'", purpose, "' (process ", static_cast<int64_t>(::getpid()),
                                   " on ", host_name(), ")");
  if (::ftruncate(fd_, 0) == 0) {
    // Only for messages of other processes: a full disk does not matter here.
    [[maybe_unused]] const ssize_t written = ::pwrite(fd_, text.data(), text.size(), 0);
  }
}

WriterLock::~WriterLock() {
  ::close(fd_);
}

std::optional<std::string> lock_holder(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::optional<std::string> holder;
  if (::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) holder = holder_of(fd);
  ::close(fd);
  return holder;
}

}  // namespace sightline::library
