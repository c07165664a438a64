#include "base/temporary_path.h"

#include <fcntl.h>
#include <sightline/error.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".tmp.";

struct Registry {
  std::mutex mutex;
  std::set<fs::path> paths;
};

// Never destroyed, because remove_own_temporaries() may run while the program ends.
Registry& registry() {
  static auto* const own = new Registry;
  return *own;
}

[[noreturn]] void throw_io(const fs::path& target, int error) {
  const bool missing = error == ENOENT || error == ENOTDIR;
  throw Error(missing ? ErrorCode::not_found : ErrorCode::io, "cannot write ", quoted(target), ": ",
              std::strerror(error));
}

// Whether `path` is still the open file: another process may have removed it before it was locked.
bool is_open_file(const fs::path& path, int fd) {
  struct stat named {
  }, open{};
  return ::stat(path.c_str(), &named) == 0 && ::fstat(fd, &open) == 0 &&
         named.st_ino == open.st_ino && named.st_dev == open.st_dev;
}

// Returns the process that made "NAME.tmp.PID.3", its hidden form, or "NAME.tmp.PID" or
// "NAME.tmp.PID.rows3" of earlier versions; 0 for other names.
pid_t process_of(std::string name, const std::string& target) {
  if (name.starts_with("." + target)) name.erase(0, 1);
  if (!name.starts_with(target + std::string(kMark))) return 0;
  const std::string rest = name.substr(target.size() + kMark.size());
  const size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  if (digits == 0 || digits > 9) return 0;
  std::string_view number = std::string_view(rest).substr(digits);
  if (number.starts_with(".rows"))
    number.remove_prefix(5);
  else if (number.starts_with("."))
    number.remove_prefix(1);
  if (number.find_first_not_of("0123456789") != number.npos) return 0;
  return static_cast<pid_t>(std::stol(rest.substr(0, digits)));
}

// Whether no process writes it any more.
bool is_abandoned(const fs::path& path, pid_t process) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (fd < 0) return false;
  const bool locked = ::flock(fd, LOCK_EX | LOCK_NB) == 0;
  const bool busy = !locked && errno == EWOULDBLOCK;
  ::close(fd);
  if (locked || busy) return locked;
  // The file system has no locks.
  return process != ::getpid() && ::kill(process, 0) != 0 && errno == ESRCH;
}

}  // namespace

TemporaryPath::TemporaryPath(const fs::path& target, Kind kind) : target_(target), kind_(kind) {
  while (!create()) {
  }
}

// Returns false if another process removed it before it was locked.
bool TemporaryPath::create() {
  static std::atomic<unsigned> counter{0};
  const std::string name = (kind_ == Kind::folder ? "." : "") + target_.filename().string();
  path_ = target_;
  path_.replace_filename(name + std::string(kMark) + std::to_string(::getpid()) + "." +
                         std::to_string(counter++));
  if (kind_ == Kind::folder) {
    if (::mkdir(path_.c_str(), 0777) != 0) {
      if (errno == EEXIST) return false;
      throw_io(target_, errno);
    }
    fd_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  } else {
    fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ < 0 && errno == EEXIST) return false;
  }
  if (fd_ < 0) throw_io(target_, errno);
  // Without locks, the process number in the name has to do.
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0 && !is_open_file(path_, fd_)) {
    close();
    return false;
  }
  const std::lock_guard lock(registry().mutex);
  registry().paths.insert(path_);
  return true;
}

TemporaryPath::~TemporaryPath() {
  if (fd_ < 0) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  const std::lock_guard lock(registry().mutex);
  registry().paths.erase(path_);
  close();
}

void TemporaryPath::close() {
  ::close(fd_);
  fd_ = -1;
}

void TemporaryPath::commit() {
  if (::rename(path_.c_str(), target_.c_str()) != 0) throw_io(target_, errno);
  const std::lock_guard lock(registry().mutex);
  registry().paths.erase(path_);
  close();
}

void remove_leftovers(const fs::path& target) {
  const std::string name = target.filename().string();
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  std::vector<fs::path> abandoned;
  std::error_code error;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    const pid_t process = process_of(at->path().filename().string(), name);
    if (process != 0 && is_abandoned(at->path(), process)) abandoned.push_back(at->path());
  }
  for (const fs::path& path : abandoned) fs::remove_all(path, error);
}

void remove_own_temporaries() {
  const std::lock_guard lock(registry().mutex);
  std::error_code ignored;
  for (const fs::path& path : registry().paths) fs::remove_all(path, ignored);
}

}  // namespace sightline
