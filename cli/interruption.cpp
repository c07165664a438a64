#include "interruption.h"

#include <fcntl.h>
#include <sightline/error.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <thread>

#include "base/temporary_path.h"
#include "console.h"

namespace sightline::cli {
namespace {

constexpr int64_t kRepeatedNs = 300'000'000;  // timeout(1) and a terminal may both send a signal
constexpr auto kPatience = std::chrono::seconds(1);

std::atomic<int> caught{0};
std::atomic<int64_t> caught_ns{0};
std::atomic<bool> stopping{false};  // the command has noticed and is cleaning up
int wake_reader = -1, wake_writer = -1;

// Never destroyed: the thread below may use them while the program ends.
std::mutex& text_mutex() {
  static auto* const mutex = new std::mutex;
  return *mutex;
}
std::string& kept_text() {
  static auto* const text = new std::string("nothing was written");
  return *text;
}

int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Calls only functions that are safe in a signal handler.
void on_signal(int signal) {
  const int saved = errno;
  int none = 0;
  if (caught.compare_exchange_strong(none, signal)) {
    caught_ns = now_ns();
    const char byte = 0;
    [[maybe_unused]] const ssize_t put = ::write(wake_writer, &byte, 1);
  } else if (now_ns() - caught_ns > kRepeatedNs) {
    ::_exit(128 + signal);
  }
  errno = saved;
}

std::string message_text(const std::string& doing) {
  const std::lock_guard lock(text_mutex());
  return (caught == SIGTERM ? "stopped by SIGTERM" : "interrupted") +
         (doing.empty() ? std::string() : " while " + doing) + ": " + kept_text();
}

// Ends a program that does not get to its next progress update.
void wait_for_signal() {
  char byte = 0;
  while (::read(wake_reader, &byte, 1) < 0 && errno == EINTR) {
  }
  std::this_thread::sleep_for(kPatience);
  if (stopping.exchange(true)) return;
  remove_own_temporaries();
  std::fprintf(stderr, "%ssightline: %s\n", ::isatty(STDERR_FILENO) != 0 ? "\n" : "",
               one_line(message_text("")).c_str());
  ::_exit(interruption_exit_code());
}

}  // namespace

void watch_for_interruption() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return;  // signals then have their default effect
  wake_reader = ends[0];
  wake_writer = ends[1];
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction action {};
    ::sigaction(signal, nullptr, &action);
    if (action.sa_handler == SIG_IGN) continue;  // as a shell sets it for background jobs
    action = {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    ::sigaction(signal, &action, nullptr);
  }
  std::thread(wait_for_signal).detach();
}

void set_kept_when_interrupted(const std::string& sentence) {
  const std::lock_guard lock(text_mutex());
  kept_text() = sentence;
}

void stop_if_interrupted(const std::string& doing) {
  if (caught == 0) return;
  stopping = true;
  throw Error(ErrorCode::cancelled, message_text(doing));
}

bool interrupted() {
  return caught != 0;
}

int interruption_exit_code() {
  return 128 + caught;
}

}  // namespace sightline::cli
