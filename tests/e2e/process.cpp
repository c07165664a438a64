#include "e2e/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <atomic>
#include <thread>

#include "e2e/fixture.h"

extern char** environ;

namespace sightline::testing {

Process::Process(const std::vector<std::string>& command) : name_(command[0]) {
  static std::atomic<int> count{0};
  const std::string number = std::to_string(++count);
  out_ = scratch() / ("stdout-" + number);
  err_ = scratch() / ("stderr-" + number);
  std::vector<char*> argv;
  for (const auto& argument : command) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int failed = ::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    ADD_FAILURE() << "cannot start " << name_ << ": " << std::strerror(failed);
    ended_ = true;
  }
}

Process::~Process() {
  if (ended_) return;
  ::kill(pid_, SIGKILL);
  reap(0);
}

bool Process::reap(int flags) {
  if (!ended_ && ::waitpid(pid_, &status_, flags) == pid_) ended_ = true;
  return ended_;
}

bool Process::running() {
  return !reap(WNOHANG);
}

void Process::send(int signal) {
  if (!ended_) ::kill(pid_, signal);
}

void Process::send_group(int signal) {
  if (!ended_) ::kill(-pid_, signal);
}

void Process::kill_hard() {
  if (!ended_) ::kill(pid_, SIGKILL);
}

Finished Process::wait(std::chrono::seconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (running()) {
    if (std::chrono::steady_clock::now() > end) {
      ADD_FAILURE() << name_ << " still runs after " << limit.count() << " s";
      kill_hard();
      reap(0);
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  Finished result;
  if (WIFEXITED(status_)) result.exit_code = WEXITSTATUS(status_);
  if (WIFSIGNALED(status_)) result.signal = WTERMSIG(status_);
  result.out = read_bytes(out_);
  result.err = read_bytes(err_);
  return result;
}

bool wait_for(Process& process, const std::function<bool()>& reached) {
  while (process.running()) {
    if (reached()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Finished run_command(const std::vector<std::string>& command) {
  return Process(command).wait();
}

Finished sightline(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), SIGHTLINE_PROGRAM);
  return run_command(arguments);
}

}  // namespace sightline::testing
