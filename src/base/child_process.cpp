#include "base/child_process.h"

#include <signal.h>
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <cerrno>

namespace sightline {
namespace {

// Running children; 0: free. More than these at once are not killed by kill_own_children().
std::array<std::atomic<pid_t>, 16> running{};
static_assert(std::atomic<pid_t>::is_always_lock_free, "signal handlers may use them only then");

void replace(pid_t from, pid_t to) {
  for (std::atomic<pid_t>& place : running) {
    pid_t expected = from;
    if (place.compare_exchange_strong(expected, to)) return;
  }
}

}  // namespace

ChildProcess::ChildProcess(pid_t pid) : pid_(pid) {
  replace(0, pid);
}

ChildProcess::~ChildProcess() {
  if (pid_ <= 0) return;
  ::kill(-pid_, SIGKILL);
  wait();
}

int ChildProcess::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  replace(pid_, 0);
  pid_ = 0;
  return status;
}

void kill_own_children() {
  for (const std::atomic<pid_t>& child : running) {
    if (const pid_t pid = child; pid > 0) ::kill(-pid, SIGKILL);
  }
}

}  // namespace sightline
