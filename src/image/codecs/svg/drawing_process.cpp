#include "image/codecs/svg/drawing_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sightline/error.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <new>

namespace sightline::image {
namespace {

constexpr rlim_t kMaxMemory = rlim_t{1} << 30;  // bytes, in addition to what is in use
constexpr size_t kPageBytes = 4096;

class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_, O_CLOEXEC) != 0) throw Error(ErrorCode::io, "cannot create a pipe");
  }
  ~Pipe() {
    ::close(ends_[0]);
    if (ends_[1] >= 0) ::close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }
  void close_writer() {
    ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2] = {-1, -1};
};

rlim_t memory_in_use() {
  unsigned long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%lu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}

void limit(__rlimit_resource resource, rlim_t value) {
  const rlimit both{value, value};
  ::setrlimit(resource, &both);
}

// Ends the process when it has used this much more processor time.
void limit_processor_time(rlim_t seconds) {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto so_far = static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec + 1);
  const rlimit limits{so_far + seconds, RLIM_INFINITY};
  ::setrlimit(RLIMIT_CPU, &limits);
}

// Lets signals end the process: those of a crash, of the limits, and of its parent's end.
void reset_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int sig :
       {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGXCPU, SIGALRM, SIGTERM, SIGINT}) {
    ::signal(sig, SIG_DFL);
    ::sigaddset(&signals, sig);
  }
  ::sigprocmask(SIG_UNBLOCK, &signals, nullptr);
}

// librsvg and the libraries below it print messages.
void discard_output() {
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null < 0) return;
  ::dup2(null, STDOUT_FILENO);
  ::dup2(null, STDERR_FILENO);
}

// The child: draws, reports each item with one byte, and ends without running the parent's exit
// handlers.
[[noreturn]] void run_child(pid_t parent, const DrawItem& draw, size_t first, size_t count,
                            const DrawingLimits& limits, rlim_t memory, const Pipe& done) {
  reset_signals();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it ended before the line above
  limit(RLIMIT_AS, memory + kMaxMemory);
  limit(RLIMIT_CORE, 0);
  discard_output();
  for (size_t i = first; i < count; ++i) {
    ::alarm(static_cast<unsigned>(limits.wait.count()));
    limit_processor_time(limits.processor_s);
    draw(i);
    const char byte = 0;
    if (::write(done.writer(), &byte, 1) != 1) ::_exit(1);
  }
  ::_exit(0);
}

// Waits until the child reports something, at most max_wait. Returns the number of items that it
// has finished since the last call; 0 if it ended or the time is up.
size_t wait_for_report(std::chrono::seconds max_wait, const Pipe& done) {
  using std::chrono::steady_clock;
  const auto deadline = steady_clock::now() + max_wait;
  pollfd event{done.reader(), POLLIN, 0};
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now());
    const int ready = ::poll(&event, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return 0;
    char bytes[64];
    const ssize_t got = ::read(done.reader(), bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    return got > 0 ? static_cast<size_t>(got) : 0;
  }
}

// Ends the child and returns its wait status.
int finish(pid_t child) {
  ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

SharedDrawings::SharedDrawings(size_t count, int64_t max_pixels)
    : count_(count),
      stride_((static_cast<size_t>(max_pixels) * 4 / kPageBytes + 2) * kPageBytes),
      bytes_(stride_ * count),
      memory_(::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
  static_assert(sizeof(SvgDrawing) <= kPageBytes);
  if (memory_ == MAP_FAILED) {
    throw Error(ErrorCode::limit_exceeded, "an SVG of up to ", max_pixels,
                " pixels needs more memory than the system allows");
  }
  for (size_t i = 0; i < count; ++i) new (&drawing(i)) SvgDrawing;
}

SharedDrawings::~SharedDrawings() {
  ::munmap(memory_, bytes_);
}

SvgDrawing& SharedDrawings::drawing(size_t i) {
  return *reinterpret_cast<SvgDrawing*>(static_cast<char*>(memory_) + i * stride_);
}

uint32_t* SharedDrawings::pixels(size_t i) {
  return reinterpret_cast<uint32_t*>(static_cast<char*>(memory_) + i * stride_ + kPageBytes);
}

ChildResult draw_in_child(const DrawItem& draw, size_t first, const DrawingLimits& limits,
                          SharedDrawings& shared) {
  // A child started by another thread while the writer is open here would keep it open, so that
  // this child's end would not be the end of the pipe.
  static std::mutex starting;
  std::unique_lock lock(starting);
  const rlim_t memory = memory_in_use();
  Pipe done;
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw Error(ErrorCode::io, "cannot start a process that draws SVG images");
  if (child == 0) run_child(parent, draw, first, shared.count(), limits, memory, done);
  done.close_writer();
  lock.unlock();
  const size_t all = shared.count() - first;
  size_t finished = 0;
  while (finished < all) {
    const size_t more = wait_for_report(limits.wait, done);
    if (more == 0) break;
    finished += more;
  }
  return {finished, finish(child)};
}

}  // namespace sightline::image
