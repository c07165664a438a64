#include "base/child_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sightline {
namespace {

// A process in its own group that waits for a signal.
pid_t start_sleeper() {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setpgid(0, 0);
    for (;;) ::pause();
  }
  ::setpgid(pid, pid);
  return pid;
}

bool exists(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

TEST(ChildProcess, IsKilledByTheDestructor) {
  const pid_t pid = start_sleeper();
  ASSERT_GT(pid, 0);
  { const ChildProcess child(pid); }
  EXPECT_FALSE(exists(pid));
}

TEST(ChildProcess, IsKilledWithAllOthersWhenTheProgramEnds) {
  ChildProcess one(start_sleeper()), other(start_sleeper());
  kill_own_children();
  for (ChildProcess* child : {&one, &other}) {
    const int status = child->wait();
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
  }
  kill_own_children();  // none is left
}

}  // namespace
}  // namespace sightline
