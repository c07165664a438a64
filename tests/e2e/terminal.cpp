#include "e2e/terminal.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace sightline::testing {

OnTerminal on_terminal(const std::vector<std::string>& arguments, int columns) {
  std::vector<char*> argv = {const_cast<char*>(SIGHTLINE_PROGRAM)};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  winsize size{};
  size.ws_col = static_cast<unsigned short>(columns);
  size.ws_row = 40;
  int terminal = -1;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, &size);
  if (child == 0) {
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  OnTerminal result;
  if (child < 0) {
    ADD_FAILURE() << "cannot create a terminal";
    return result;
  }
  char part[4096];
  for (;;) {
    const ssize_t count = ::read(terminal, part, sizeof part);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;  // EIO: the program has ended
    result.shown.append(part, static_cast<size_t>(count));
  }
  ::close(terminal);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  return result;
}

}  // namespace sightline::testing
