// A library for LD_PRELOAD: counts the calls by which a process changes files below a folder, and
// ends the process at one of them, or makes it and all later ones fail. Which call it is depends
// only on the program. Environment:
//
//   FAULTS_FOLDER  absolute path of the folder
//   FAULTS_STATE   file of two u64, which the caller has made: number of calls so far; number of
//   the
//                  first call with the fault
//   FAULTS_AT      number of the call, from 1; without it, calls are only counted
//   FAULTS_MODE    kill: SIGKILL before the call
//                  tear: SIGKILL after the first half of the bytes, if the call writes
//                  full: ENOSPC for calls that need space; a write writes the first half before
//                  eio: EIO for all calls
//   FAULTS_CLOCK   factor by which CLOCK_MONOTONIC runs faster in the main thread, so that short
//                  runs also commit at intervals
//
// Stores to mapped memory are not counted: the segments are not written by them, and SQLite makes
// the shared index of its write-ahead log anew after a crash.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

enum class Mode { count, kill, tear, full, eio };
enum class Need { space, nothing };

struct Faults {
  const char* folder = nullptr;
  size_t length = 0;
  uint64_t* state = nullptr;
  uint64_t at = 0;
  Mode mode = Mode::count;
};

uint64_t own_state[2];  // without FAULTS_STATE

Mode mode_of(const char* name) {
  if (name == nullptr) return Mode::count;
  if (strcmp(name, "kill") == 0) return Mode::kill;
  if (strcmp(name, "tear") == 0) return Mode::tear;
  if (strcmp(name, "full") == 0) return Mode::full;
  if (strcmp(name, "eio") == 0) return Mode::eio;
  return Mode::count;
}

// The function that this library replaces.
template <typename Function>
Function* real(Function*, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}
#define REAL(name) real(static_cast<decltype(&::name)>(nullptr), #name)

Faults read_environment() {
  Faults out;
  out.folder = getenv("FAULTS_FOLDER");
  if (out.folder != nullptr) out.length = strlen(out.folder);
  out.state = own_state;
  if (const char* path = getenv("FAULTS_STATE")) {
    const int fd = REAL(open)(path, O_RDWR | O_CLOEXEC);
    void* const memory =
        fd < 0 ? MAP_FAILED
               : mmap(nullptr, sizeof own_state, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0) close(fd);
    if (memory == MAP_FAILED) abort();
    out.state = static_cast<uint64_t*>(memory);
  }
  if (const char* at = getenv("FAULTS_AT")) {
    out.at = strtoull(at, nullptr, 10);
    out.mode = mode_of(getenv("FAULTS_MODE"));
  }
  return out;
}

const Faults& faults() {
  static const Faults read = read_environment();
  return read;
}

bool is_below(const char* path) {
  const Faults& f = faults();
  return f.folder != nullptr && strncmp(path, f.folder, f.length) == 0 &&
         (path[f.length] == '/' || path[f.length] == 0 || path[f.length] == '-');
}

bool is_below(int fd) {
  char link[64], path[PATH_MAX + 1];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, PATH_MAX);
  if (size <= 0) return false;
  path[size] = 0;
  return is_below(path);
}

// A path relative to the current folder is not below the other one.
bool is_below(int folder, const char* path) {
  return path[0] == '/' ? is_below(path) : folder != AT_FDCWD && is_below(folder);
}

[[noreturn]] void end_process() {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

enum class Fate { proceed, fail, first_half };

// Counts a call, and says what becomes of it; sets errno if it fails. `writes`: it can be halved.
Fate next_call(Need need, bool writes = false) {
  const Faults& f = faults();
  const uint64_t number = __atomic_add_fetch(&f.state[0], 1, __ATOMIC_SEQ_CST);
  if (f.mode == Mode::count || number < f.at) return Fate::proceed;
  if (f.mode == Mode::full && need == Need::nothing) return Fate::proceed;
  uint64_t none = 0;
  const bool first = __atomic_compare_exchange_n(&f.state[1], &none, number, false,
                                                 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  if (f.mode == Mode::kill) end_process();
  if (f.mode == Mode::tear && !writes) end_process();
  if (f.mode == Mode::tear || (f.mode == Mode::full && first && writes)) return Fate::first_half;
  errno = f.mode == Mode::full ? ENOSPC : EIO;
  return Fate::fail;
}

// Runs `call` with the number of bytes to write.
template <typename Call>
ssize_t write_some(int fd, size_t size, const Call& call) {
  if (!is_below(fd)) return call(size);
  switch (next_call(Need::space, size > 1)) {
    case Fate::proceed:
      return call(size);
    case Fate::fail:
      return -1;
    case Fate::first_half:
      break;
  }
  const ssize_t done = call(size / 2);
  if (faults().mode == Mode::tear) end_process();
  return done;
}

template <typename Call>
int change(bool below, Need need, const Call& call) {
  return below && next_call(need) == Fate::fail ? -1 : call();
}

bool exists(int folder, const char* path) {
  struct stat info;
  return fstatat(folder, path, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

template <typename Call>
int open_file(int folder, const char* path, int flags, const Call& call) {
  const bool creates = (flags & O_CREAT) != 0 && is_below(folder, path) && !exists(folder, path);
  const bool empties = (flags & O_TRUNC) != 0 && is_below(folder, path);
  return change(creates || empties, creates ? Need::space : Need::nothing, call);
}

template <typename Call>
int set_size(int fd, off_t size, const Call& call) {
  struct stat info {};
  const bool grows = fstat(fd, &info) == 0 && size > info.st_size;
  return change(is_below(fd), grows ? Need::space : Need::nothing, call);
}

mode_t mode_argument(int flags, va_list list) {
  const bool creates = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return creates ? va_arg(list, mode_t) : 0;
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
  static auto* const call = REAL(write);
  return write_some(fd, size, [&](size_t some) { return call(fd, data, some); });
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  static auto* const call = REAL(pwrite);
  return write_some(fd, size, [&](size_t some) { return call(fd, data, some, offset); });
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  static auto* const call = REAL(pwrite64);
  return write_some(fd, size, [&](size_t some) { return call(fd, data, some, offset); });
}

ssize_t writev(int fd, const iovec* parts, int count) {
  static auto* const call = REAL(writev);
  if (!is_below(fd)) return call(fd, parts, count);
  return next_call(Need::space) == Fate::fail ? -1 : call(fd, parts, count);
}

int open(const char* path, int flags, ...) {
  static auto* const call = REAL(open);
  va_list list;
  va_start(list, flags);
  const mode_t mode = mode_argument(flags, list);
  va_end(list);
  return open_file(AT_FDCWD, path, flags, [&] { return call(path, flags, mode); });
}

int open64(const char* path, int flags, ...) {
  static auto* const call = REAL(open64);
  va_list list;
  va_start(list, flags);
  const mode_t mode = mode_argument(flags, list);
  va_end(list);
  return open_file(AT_FDCWD, path, flags, [&] { return call(path, flags, mode); });
}

int openat(int folder, const char* path, int flags, ...) {
  static auto* const call = REAL(openat);
  va_list list;
  va_start(list, flags);
  const mode_t mode = mode_argument(flags, list);
  va_end(list);
  return open_file(folder, path, flags, [&] { return call(folder, path, flags, mode); });
}

int fsync(int fd) {
  static auto* const call = REAL(fsync);
  return change(is_below(fd), Need::space, [&] { return call(fd); });
}

int fdatasync(int fd) {
  static auto* const call = REAL(fdatasync);
  return change(is_below(fd), Need::space, [&] { return call(fd); });
}

int ftruncate(int fd, off_t size) noexcept {
  static auto* const call = REAL(ftruncate);
  return set_size(fd, size, [&] { return call(fd, size); });
}

int ftruncate64(int fd, off64_t size) noexcept {
  static auto* const call = REAL(ftruncate64);
  return set_size(fd, size, [&] { return call(fd, size); });
}

int rename(const char* from, const char* to) noexcept {
  static auto* const call = REAL(rename);
  return change(is_below(from) || is_below(to), Need::space, [&] { return call(from, to); });
}

int mkdir(const char* path, mode_t mode) noexcept {
  static auto* const call = REAL(mkdir);
  return change(is_below(path) && !exists(AT_FDCWD, path), Need::space,
                [&] { return call(path, mode); });
}

int unlink(const char* path) noexcept {
  static auto* const call = REAL(unlink);
  return change(is_below(path), Need::nothing, [&] { return call(path); });
}

int remove(const char* path) noexcept {
  static auto* const call = REAL(remove);
  return change(is_below(path), Need::nothing, [&] { return call(path); });
}

int rmdir(const char* path) noexcept {
  static auto* const call = REAL(rmdir);
  return change(is_below(path), Need::nothing, [&] { return call(path); });
}

int unlinkat(int folder, const char* path, int flags) noexcept {
  static auto* const call = REAL(unlinkat);
  return change(is_below(folder, path), Need::nothing, [&] { return call(folder, path, flags); });
}

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static auto* const call = REAL(clock_gettime);
  const int result = call(clock, time);
  static const char* const setting = getenv("FAULTS_CLOCK");
  if (result != 0 || setting == nullptr || clock != CLOCK_MONOTONIC || gettid() != getpid())
    return result;
  static const timespec start = *time;
  static const double factor = strtod(setting, nullptr);
  const double seconds = static_cast<double>(time->tv_sec - start.tv_sec) +
                         1e-9 * static_cast<double>(time->tv_nsec - start.tv_nsec);
  const auto more = static_cast<int64_t>(seconds * (factor - 1) * 1e9) + time->tv_nsec;
  time->tv_sec += more / 1'000'000'000;
  time->tv_nsec = more % 1'000'000'000;
  return 0;
}

}  // extern "C"
