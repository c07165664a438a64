// A process that this program has started, which does not outlive it.
#pragma once

#include <sys/types.h>

namespace sightline {

// The leader of its own process group, so that Ctrl-C on a terminal reaches only this program. The
// destructor kills the group unless wait() was called. Not thread-safe.
class ChildProcess {
 public:
  explicit ChildProcess(pid_t pid);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  int wait();  // returns the status, as waitpid does

 private:
  pid_t pid_;
};

// Kills the groups of all child processes, for a program that ends without destroying its objects.
// Safe in a signal handler.
void kill_own_children();

}  // namespace sightline
