#include "interruption.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sightline/error.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "base/child_process.h"
#include "base/temporary_path.h"
#include "console.h"

namespace sightline::cli {
namespace {

constexpr int64_t kRepeatedNs = 300'000'000;  // timeout(1) and a terminal may both send a signal
constexpr int kPatienceMs = 1000;             // until a progress update
constexpr int kCleanUpMs = 10'000;            // until a command that has noticed has ended

std::atomic<int> caught{0};
std::atomic<int64_t> caught_ns{0};  // 0: no signal has arrived; set before `caught`
std::atomic<bool> stopping{false};  // the command cleans up, or is in a step that is soon done
std::atomic<bool> ending{false};    // the thread below is ending the program
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<int64_t>::is_always_lock_free,
              "signal handlers may use them only then");
int wake_reader = -1, wake_writer = -1;

// Never destroyed: the thread below may use them while the program ends.
std::mutex& text_mutex() {
  static auto* const mutex = new std::mutex;
  return *mutex;
}
std::function<std::string()>& kept_text() {
  static auto* const text =
      new std::function<std::string()>([] { return std::string("nothing was written"); });
  return *text;
}

int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void wake_thread(int signal) {
  const char byte = static_cast<char>(signal);
  [[maybe_unused]] const ssize_t put = ::write(wake_writer, &byte, 1);
}

// Calls only functions that are safe in a signal handler. Two threads may run it at once.
void on_signal(int signal) {
  const int saved = errno;
  const int64_t now = now_ns();
  int64_t first = 0;
  if (caught_ns.compare_exchange_strong(first, now)) {
    caught = signal;
    wake_thread(signal);
  } else if (now - first > kRepeatedNs) {
    kill_own_children();
    ::_exit(128 + signal);
  }
  errno = saved;
}

// The reader of standard output or standard error has gone. The thread ends the program; until then
// this one must not report that its write failed.
void on_broken_pipe(int signal) {
  wake_thread(signal);
  for (;;) ::pause();
}

std::string message_text(const std::string& doing) {
  const std::lock_guard lock(text_mutex());
  return (caught == SIGTERM ? "stopped by SIGTERM" : "interrupted") +
         (doing.empty() ? std::string() : " while " + doing) + ": " + kept_text()();
}

// Not with stdio: another thread may hold the lock of stderr for good.
void print_message() {
  const std::string line = (::isatty(STDERR_FILENO) != 0 ? "\nsightline: " : "sightline: ") +
                           one_line(message_text("")) + "\n";
  [[maybe_unused]] const ssize_t put = ::write(STDERR_FILENO, line.data(), line.size());
}

[[noreturn]] void end_by_broken_pipe() {
  ending = true;
  kill_own_children();
  remove_own_temporaries();
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t pipe;
  ::sigemptyset(&pipe);
  ::sigaddset(&pipe, SIGPIPE);
  ::pthread_sigmask(SIG_UNBLOCK, &pipe, nullptr);
  ::raise(SIGPIPE);
  ::_exit(128 + SIGPIPE);
}

// Returns the next signal that a handler reports; 0 if there is none in this time. -1: no limit.
int next_signal(int milliseconds) {
  pollfd source = {wake_reader, POLLIN, 0};
  int ready = 0;
  while ((ready = ::poll(&source, 1, milliseconds)) < 0 && errno == EINTR) {
  }
  char signal = 0;
  return ready > 0 && ::read(wake_reader, &signal, 1) == 1 ? signal : 0;
}

// Ends a program that does not get to its next progress update, or whose reader has gone.
void wait_for_signals() {
  for (int patience = -1;;) {
    const int signal = next_signal(patience);
    if (signal == SIGPIPE) end_by_broken_pipe();
    if (signal == 0 && patience < 0) continue;
    if (signal != 0) {
      patience = stopping ? kCleanUpMs : kPatienceMs;
    } else if (patience == kPatienceMs && stopping.exchange(true)) {
      patience = kCleanUpMs;
    } else {
      ending = true;
      kill_own_children();
      remove_own_temporaries();
      print_message();
      ::_exit(interruption_exit_code());
    }
  }
}

// Whether a signal was ignored when the program was started, as a shell does for background jobs.
bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void handle(int signal, void (*handler)(int)) {
  if (is_ignored(signal)) return;
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

void watch_for_interruption() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return;  // signals then have their default effect
  wake_reader = ends[0];
  wake_writer = ends[1];
  // The thread inherits the mask: a handler that waits must not stop it.
  sigset_t signals, before;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) ::sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, &before);
  std::thread(wait_for_signals).detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  handle(SIGINT, on_signal);
  handle(SIGTERM, on_signal);
  handle(SIGPIPE, on_broken_pipe);
}

void set_kept_when_interrupted(const std::string& sentence) {
  set_kept_when_interrupted([sentence] { return sentence; });
}

void set_kept_when_interrupted(std::function<std::string()> sentence) {
  const std::lock_guard lock(text_mutex());
  kept_text() = std::move(sentence);
}

void stop_if_interrupted(const std::string& doing) {
  if (caught == 0) return;
  stopping = true;
  throw Error(ErrorCode::cancelled, message_text(doing));
}

void begin_short_step() {
  stopping = true;
}

void wait_if_ending() {
  while (ending) ::pause();
}

bool interrupted() {
  return caught != 0;
}

int interruption_exit_code() {
  return 128 + caught;
}

}  // namespace sightline::cli
