#include "library/watch/inotify.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <system_error>

#include "base/text.h"

namespace sightline::library {
namespace {

constexpr uint32_t kMask = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO |
                           IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;

std::string setting(const std::string& name) {
  std::ifstream file("/proc/sys/fs/inotify/" + name);
  std::string value;
  file >> value;
  return value.empty() ? "unknown" : value;
}

}  // namespace

Error inotify_error(int number, const std::string& folder) {
  if (number == ENOSPC) {
    return Error(ErrorCode::limit_exceeded, "cannot watch the folder ",
                 quoted(std::filesystem::path(folder)), ": the system allows each user to watch ",
                 setting("max_user_watches"),
                 " folders; raise fs.inotify.max_user_watches, for example with 'sudo sysctl "
                 "fs.inotify.max_user_watches=1000000'");
  }
  if (number == EMFILE && folder.empty()) {
    return Error(ErrorCode::limit_exceeded, "cannot watch folders: the system allows each user ",
                 setting("max_user_instances"),
                 " programs that do, or this process has too many open files; raise "
                 "fs.inotify.max_user_instances");
  }
  const std::string reason = std::generic_category().message(number);
  if (folder.empty()) return Error(ErrorCode::io, "cannot watch folders: ", reason);
  return Error(ErrorCode::io, "cannot watch the folder ", quoted(std::filesystem::path(folder)),
               ": ", reason);
}

Inotify::Inotify() {
  events_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (events_ < 0) throw inotify_error(errno, "");
  stop_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (stop_ < 0) {
    const int number = errno;
    ::close(events_);
    throw Error(ErrorCode::io,
                "cannot create an eventfd: ", std::generic_category().message(number));
  }
}

Inotify::~Inotify() {
  ::close(events_);
  ::close(stop_);
}

std::optional<int> Inotify::add(const std::string& folder) {
  const int watch = ::inotify_add_watch(events_, folder.c_str(), kMask);
  if (watch >= 0) return watch;
  switch (errno) {
    case ENOENT:
    case ENOTDIR:
    case EACCES:
    case ELOOP:
    case ENAMETOOLONG:
      return std::nullopt;
    default:
      throw inotify_error(errno, folder);
  }
}

void Inotify::remove(int watch) {
  ::inotify_rm_watch(events_, watch);  // fails if the folder is gone
}

void Inotify::wait(std::chrono::milliseconds timeout) const {
  pollfd files[] = {{events_, POLLIN, 0}, {stop_, POLLIN, 0}};
  const int64_t most = std::numeric_limits<int>::max();
  const int64_t ms = std::clamp<int64_t>(timeout.count(), 0, most);
  ::poll(files, 2, static_cast<int>(ms));  // a signal ends it early, which callers allow
}

std::vector<InotifyEvent> Inotify::read() {
  std::vector<InotifyEvent> out;
  alignas(inotify_event) char buffer[1 << 16];
  for (;;) {
    const ssize_t size = ::read(events_, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return out;
    for (size_t at = 0; at < static_cast<size_t>(size);) {
      inotify_event event;
      std::memcpy(&event, buffer + at, sizeof event);
      const char* const name = buffer + at + sizeof event;
      out.push_back({event.wd, event.mask, std::string(name, ::strnlen(name, event.len))});
      at += sizeof event + event.len;
    }
  }
}

void Inotify::stop() {
  const uint64_t one = 1;
  // It fails only if it was called 2^64 times.
  if (::write(stop_, &one, sizeof one) != sizeof one) return;
}

bool Inotify::stopped() const {
  pollfd file{stop_, POLLIN, 0};
  return ::poll(&file, 1, 0) == 1;
}

}  // namespace sightline::library
