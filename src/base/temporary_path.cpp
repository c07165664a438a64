#include "base/temporary_path.h"

#include <fcntl.h>
#include <sightline/error.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
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
constexpr const char* kUnlocked = ".unlocked";

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

// Returns "NAME.tmp.PID.N" with a number that this process has not used.
std::string new_name(const std::string& name) {
  static std::atomic<unsigned> counter{0};
  return name + std::string(kMark) + std::to_string(::getpid()) + "." + std::to_string(counter++);
}

// Whether `path` is still the open file: another process may have removed it before it was locked.
bool is_open_file(const fs::path& path, int fd) {
  struct stat named {
  }, open{};
  return ::stat(path.c_str(), &named) == 0 && ::fstat(fd, &open) == 0 &&
         named.st_ino == open.st_ino && named.st_dev == open.st_dev;
}

// Returns the target's name of "NAME.tmp.PID.3"; empty for other names.
std::string target_of(const std::string& name) {
  const size_t mark = name.rfind(kMark);
  if (mark == name.npos) return "";
  const std::string_view rest = std::string_view(name).substr(mark + kMark.size());
  const size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  if (digits == 0 || digits > 9) return "";
  const std::string_view number = rest.substr(digits);
  if (number.size() < 2 || number.front() != '.' ||
      number.find_first_not_of("0123456789", 1) != number.npos)
    return "";
  return name.substr(0, mark);
}

int open_for_lock(const fs::path& path) {
  constexpr int kFlags = O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW;
  // NFS locks only files that are open for writing.
  const int fd = ::open(path.c_str(), O_RDWR | kFlags);
  return fd < 0 && errno == EISDIR ? ::open(path.c_str(), O_RDONLY | kFlags) : fd;
}

// Removes a temporary file or folder unless a process still writes it, or the file system has no
// locks, which would show that. Holds the lock meanwhile, so that no process starts to use it.
void remove_if_abandoned(const fs::path& path) {
  const int fd = open_for_lock(path);
  if (fd < 0) return;
  std::error_code ignored;
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0 && is_open_file(path, fd)) fs::remove_all(path, ignored);
  ::close(fd);
}

}  // namespace

TemporaryPath::TemporaryPath(const fs::path& target, Kind kind) : target_(target), kind_(kind) {
  constexpr int kAttempts = 1000;  // each is lost to another process or to an old name
  for (int i = 0; i < kAttempts; ++i) {
    if (create()) return;
  }
  throw_io(target_, EBUSY);
}

// Returns false if another process has the name, or took the new file for a left-over one before it
// was locked.
bool TemporaryPath::create() {
  const bool file = kind_ == Kind::file;
  std::string name = new_name((file ? "" : ".") + target_.filename().string());
  if (!locks_) name += kUnlocked;
  path_ = target_;
  path_.replace_filename(name);
  if (file) {
    fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ < 0 && errno == EEXIST) return false;
  } else {
    if (::mkdir(path_.c_str(), kind_ == Kind::scratch ? 0700 : 0777) != 0) {
      if (errno == EEXIST) return false;
      throw_io(target_, errno);
    }
    fd_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd_ < 0 && errno == ENOENT) return false;
  }
  if (fd_ < 0) throw_io(target_, errno);
  if (locks_ && !lock()) return false;
  const std::lock_guard guard(registry().mutex);
  registry().paths.insert(path_);
  return true;
}

// Closes it and returns false if another process has removed or is removing it, or if the file
// system has no locks. In that case the next name is one that remove_leftovers() does not know.
bool TemporaryPath::lock() {
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) {
    if (is_open_file(path_, fd_)) return true;
  } else if (errno != EWOULDBLOCK) {
    locks_ = false;
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  close();
  return false;
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

void remove_leftovers(const fs::path& folder,
                      const std::function<bool(const std::string&)>& is_target) {
  std::vector<fs::path> found;
  std::error_code error;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    const std::string target = target_of(at->path().filename().string());
    if (target.empty()) continue;
    if (is_target(target) || (target[0] == '.' && is_target(target.substr(1))))
      found.push_back(at->path());
  }
  for (const fs::path& path : found) remove_if_abandoned(path);
}

void remove_leftovers(const fs::path& target) {
  const std::string name = target.filename().string();
  remove_leftovers(target.has_parent_path() ? target.parent_path() : fs::path("."),
                   [&](const std::string& other) { return other == name; });
}

void remove_own_temporaries() {
  const std::lock_guard lock(registry().mutex);
  std::error_code ignored;
  for (const fs::path& path : registry().paths) {
    // Under another name, threads that write to a folder no longer find it. Otherwise they could
    // create files faster than they are removed.
    const std::string name = path.filename().string();
    fs::path unused = path;
    unused.replace_filename(new_name(name.substr(0, name.rfind(kMark))));
    fs::rename(path, unused, ignored);
    const fs::path& left = ignored ? path : unused;
    constexpr int kAttempts = 100;  // a thread may have been about to create a file
    for (int i = 0; i < kAttempts; ++i) {
      if (fs::symlink_status(left, ignored).type() == fs::file_type::not_found) break;
      fs::remove_all(left, ignored);
    }
  }
}

namespace {

fs::path scratch_target() {
  std::error_code error;
  const fs::path folder = fs::temp_directory_path(error);
  if (error) {
    const char* named = std::getenv("TMPDIR");
    throw Error(ErrorCode::io, "cannot write temporary files in ",
                quoted(fs::path(named != nullptr ? named : "/tmp")), ": ", error.message());
  }
  const fs::path target = folder / "sightline";
  remove_leftovers(target);
  return target;
}

}  // namespace

ScratchFolder::ScratchFolder() : folder_(scratch_target(), TemporaryPath::Kind::scratch) {}

}  // namespace sightline
